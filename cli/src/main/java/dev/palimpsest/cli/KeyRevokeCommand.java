package dev.palimpsest.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code key revoke}: the key stops working at once. */
@Command(name = "revoke", description = "Revokes an API key; it stops working at once.")
final class KeyRevokeCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Mixin private ServiceOptions options = new ServiceOptions();

  @Parameters(paramLabel = "ID", description = "The key's id, as `key list` shows it.")
  private String id = "";

  KeyRevokeCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    Service service = options.service(surroundings.environment());
    boolean ignored = service.delete("/v1/keys/" + ServiceAddress.encode(id)).isMissingNode();
    surroundings.streams().out().println("Revoked " + SafeText.of(id) + ".");
    return 0;
  }
}
