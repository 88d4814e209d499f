package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.KeptVersion;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.VersionHash;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;

/** Gives versions that are about to be written their hashes. */
final class Sealer {
  private static final int SALT_BYTES = 16;

  private final SecureRandom random;

  Sealer(SecureRandom random) {
    this.random = random;
  }

  List<SealedRow> seal(TenantId tenant, List<VersionDraft.Row> rows) {
    byte[] salts = new byte[SALT_BYTES * rows.size()];
    random.nextBytes(salts);
    VersionHash hash = new VersionHash(tenant);
    return IntStream.range(0, rows.size())
        .mapToObj(i -> seal(hash, rows.get(i), salt(salts, i)))
        .toList();
  }

  private static String salt(byte[] salts, int row) {
    return HexFormat.of().formatHex(salts, row * SALT_BYTES, (row + 1) * SALT_BYTES);
  }

  private static SealedRow seal(VersionHash hash, VersionDraft.Row row, String salt) {
    VersionDraft draft = row.draft();
    KeptVersion version =
        new KeptVersion(
            draft.id(),
            draft.version(),
            draft.scope().scope(),
            draft.kind(),
            draft.origin(),
            draft.content(),
            row.learnedAt(),
            null,
            draft.derivation().parts(),
            null);
    return new SealedRow(row, salt, hash.of(version, draft.derivation().offset(), salt));
  }
}
