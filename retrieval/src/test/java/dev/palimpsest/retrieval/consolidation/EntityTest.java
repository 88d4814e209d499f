package dev.palimpsest.retrieval.consolidation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Consolidation;
import dev.palimpsest.memory.Entities;
import dev.palimpsest.memory.Entities.Link;
import dev.palimpsest.memory.Entities.Merging;
import dev.palimpsest.memory.Entity;
import dev.palimpsest.memory.EntityId;
import dev.palimpsest.memory.EntityKind;
import dev.palimpsest.memory.EntityName;
import dev.palimpsest.memory.Erased;
import dev.palimpsest.memory.MadeOf;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.Mention;
import dev.palimpsest.memory.Named;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.Revocation;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.SourceName;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.VersionId;
import dev.palimpsest.memory.postgres.NeedsPostgres;
import dev.palimpsest.retrieval.consolidation.Consolidator.Kind;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Entities over a real database. */
@ExtendWith(NeedsPostgres.class)
final class EntityTest extends ConsolidationFixture {
  private static final Scope ADA = Scope.ofUser("ada");
  private static final Scope BOB = Scope.ofUser("bob");

  private Entities entities;

  @SuppressWarnings("NullAway.Init")
  EntityTest() {}

  @BeforeEach
  void openEntities() {
    entities = opened.entities();
  }

  @Test
  void namesAreLinkedWhereTheyStandAndARepeatChangesNothing() {
    MemoryId one = say("Then I moved to Oslo with Zoë.");
    MemoryId two = say("It was zoe who said that ZOE and Zoe came from Oslo.");
    run();
    assertEquals("Mara person 2, Oslo place 2, Zoë unknown 2", shown());
    Entity oslo = named("oslo");
    for (Link link : entities.links(tenant, oslo.id(), 100, null).data()) {
      Memory memory = version(link.memory());
      assertEquals("Oslo", link.quote());
      assertEquals(Mention.Field.TEXT, link.field());
      assertEquals("Oslo", link.span().of(memory.text()).orElseThrow());
    }
    assertEquals(List.of(two, one), naming(oslo, ADA));
    Page<Link> first = entities.links(tenant, oslo.id(), 1, null);
    assertEquals(two, only(first.data()).memory().id());
    MemoryId next = new MemoryId(Objects.requireNonNull(first.next()));
    Page<Link> second = entities.links(tenant, oslo.id(), 1, next);
    assertEquals(one, only(second.data()).memory().id());
    assertNull(second.next());
    long rows = links();
    rewind();
    run();
    assertEquals(rows, links());
    assertEquals(oslo, named("oslo"));
  }

  @Test
  void whatOnlyEverBeginsSentencesIsNotShownUntilItStandsWithinOne() {
    MemoryId first = say("Rosalind. Planted beans.");
    run();
    assertEquals("Mara person 1", shown());
    MemoryId second = say("And then I met Rosalind.");
    run();
    assertEquals("Mara person 2, Rosalind unknown 2", shown());
    assertEquals(List.of(second, first), naming(named("Rosalind"), ADA));
    assertTrue(memories.erase(tenant, second).isPresent());
    assertEquals("Mara person 1", shown());
  }

  @Test
  void aFirstNameIsThatOfTheOnlyLongerOneAndOfNoneWhereThereAreTwo() {
    say("I am tired.");
    say("We wrote to Mara Lindqvist about it.");
    run();
    Entity full = named("Mara Lindqvist");
    assertEquals("Mara Lindqvist (Mara) person 2", shown());
    assertEquals(Entity.Reason.FIRST_NAME, full.aliases().getFirst().reason());
    assertEquals(full.id(), named("mara").id());
    MemoryId other = say("We wrote to Mara Berg about it.");
    run();
    assertEquals("Mara Berg unknown 1, Mara Lindqvist unknown 1, Mara person 3", shown());
    assertTrue(memories.erase(tenant, other).isPresent());
    assertEquals("Mara Lindqvist (Mara) person 2", shown());
    say("Go to Oslo, and then on the Oslo Fjord.");
    say("We moved to Oslo.");
    run();
    assertTrue(named("Oslo Fjord").aliases().isEmpty());
  }

  @Test
  void whatSomebodyUndidDoesNotComeBackUnlessSomebodyWantsIt() {
    say("We wrote to Mara Lindqvist about it.");
    run();
    Entity full = named("Mara Lindqvist");
    EntityId mara = full.aliases().getFirst().id();
    assertFalse(entities.undo(tenant, mara, full.id()), "it is the other way round");
    assertTrue(entities.undo(tenant, full.id(), mara));
    assertFalse(entities.undo(tenant, full.id(), mara));
    String apart = "Mara Lindqvist unknown 1, Mara person 1";
    assertEquals(apart, shown());
    say("Again we wrote to Mara Lindqvist, also known as Mara.");
    rewind();
    run();
    assertEquals("Mara Lindqvist unknown 2, Mara person 2", shown());
    assertEquals(Merging.DONE, entities.merge(tenant, full.id(), mara));
    assertEquals(Merging.DONE, entities.merge(tenant, full.id(), mara));
    assertEquals("Mara Lindqvist (Mara) person 2", shown());
    assertEquals(Entity.Reason.ASKED, named("mara").aliases().getFirst().reason());
    assertTrue(entities.undo(tenant, full.id(), mara));
    rewind();
    run();
    assertEquals("Mara Lindqvist unknown 2, Mara person 2", shown());
  }

  @Test
  void anAliasThatIsSaidHoldsAsLongAsSomebodySaysIt() {
    MemoryId said = say("Yesterday Robert Weber, also known as Bobo, came.");
    say("And Bobo was late.");
    run();
    Entity robert = named("Bobo");
    assertEquals("Robert Weber", robert.name());
    Entity.Alias alias = only(robert.aliases());
    Entity.Statement stated = Objects.requireNonNull(alias.stated());
    assertEquals(new VersionId(said, 1), stated.memory());
    assertEquals(
        "Robert Weber, also known as Bobo",
        stated.span().of(version(stated.memory()).text()).orElseThrow());
    assertEquals(2, robert.memories());
    MemoryId again = say("It is Robert Weber (better known as Bobo).");
    run();
    assertTrue(memories.erase(tenant, said).isPresent());
    assertEquals(
        again, Objects.requireNonNull(only(named("Bobo").aliases()).stated()).memory().id());
    assertTrue(memories.erase(tenant, again).isPresent());
    assertEquals("Bobo unknown 1, Mara person 1", shown());
  }

  @Test
  void aDeclaredAliasWaitsForItsNameAndGoesWithWhomItIsOf() {
    MemoryId only = say("We wrote to Robert Weber.");
    run();
    Entity robert = named("Robert Weber");
    assertEquals(Merging.DONE, entities.alias(tenant, robert.id(), name("Bobo")));
    assertEquals(Merging.DONE, entities.alias(tenant, robert.id(), name("BÓBO")));
    assertEquals("Mara person 1, Robert Weber (Bobo) unknown 1", shown());
    MemoryId bobo = say("And then Bobo came.");
    run();
    assertEquals(List.of(bobo, only), naming(named("Bobo"), ADA));
    assertTrue(memories.erase(tenant, bobo).isPresent());
    assertEquals("Mara person 1, Robert Weber (Bobo) unknown 1", shown());
    Erased erased = memories.erase(tenant, only).orElseThrow();
    assertEquals(new Erased.Names(2, 3), erased.names());
    assertEquals(0, rowsOf("entity"));
    assertEquals(0, rowsOf("entity_merge"));
    assertEquals(Merging.ABSENT, entities.alias(tenant, robert.id(), name("Bobo")));
  }

  @Test
  void thereIsALimitToOtherNamesAndWhatIsBeyondLeavesNothing() {
    MemoryId id = say("We wrote to Robert Weber and to Clara Weber.");
    run();
    Entity robert = named("Robert Weber");
    stateAliases(memories.find(tenant, id, null).orElseThrow(), Entities.ALIASES_MAX - 1);
    assertEquals(Merging.DONE, entities.alias(tenant, robert.id(), name("Bobo")));
    long before = rowsOf("entity");
    assertEquals(Merging.TOO_MANY, entities.alias(tenant, robert.id(), name("Bobo X")));
    Entity clara = named("Clara Weber");
    assertEquals(Merging.TOO_MANY, entities.merge(tenant, clara.id(), robert.id()));
    assertEquals(before, rowsOf("entity"));
    assertEquals(Entities.ALIASES_MAX, named("Robert Weber").aliases().size());
  }

  /** As if the words said so of each. */
  private void stateAliases(Memory memory, int count) {
    List<Mention> mentions = new ArrayList<>(NameFinder.in(memory).mentions());
    List<Named.Alias> aliases = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      EntityName alias = name("Bo" + i);
      MadeOf.Span span = new MadeOf.Span(0, alias.text().length());
      mentions.add(new Mention(alias, Mention.Field.TEXT, span, EntityKind.UNKNOWN, true));
      aliases.add(new Named.Alias(name("Robert Weber"), alias, span));
    }
    Named named = new Named(memory.versionId(), memory.scope(), mentions, aliases);
    Consolidation.Place place = consolidation.standing(tenant, LocalDate.EPOCH).named();
    consolidation.name(
        tenant,
        new Consolidation.Naming(List.of(named), place),
        new Consolidation.Spent(LocalDate.EPOCH, 0));
  }

  @Test
  void scopesAndTenantsAreKeptApart() {
    say("I met Oskar Lind.");
    add(said(BOB, "b", 0, "I met Oskar Lind too."));
    add(said(Scope.NONE, "c", 0, "I met Oskar Lind, I think."));
    run();
    List<Entity> all = list(Scope.NONE, "Oskar Lind");
    assertEquals(3, all.size());
    assertEquals(2, list(ADA, "Oskar Lind").size());
    all.forEach(entity -> assertEquals(1, entity.memories()));
    Entity adas = all.stream().filter(one -> one.scope().equals(ADA)).findFirst().orElseThrow();
    Entity bobs = all.stream().filter(one -> one.scope().equals(BOB)).findFirst().orElseThrow();
    assertEquals(Merging.OTHER_SCOPE, entities.merge(tenant, adas.id(), bobs.id()));
    assertEquals(List.of(), naming(bobs, ADA));
    TenantId own = tenant;
    tenant = freshTenant();
    run();
    assertEquals(List.of(), list(Scope.NONE, null));
    assertTrue(entities.find(tenant, adas.id()).isEmpty());
    assertEquals(List.of(), entities.links(tenant, adas.id(), 10, null).data());
    assertEquals(List.of(), naming(adas, Scope.NONE));
    assertEquals(Merging.ABSENT, entities.alias(tenant, adas.id(), name("Ozzy")));
    assertEquals(Merging.ABSENT, entities.merge(tenant, adas.id(), bobs.id()));
    assertFalse(entities.undo(tenant, adas.id(), bobs.id()));
    tenant = own;
    assertEquals(3, list(Scope.NONE, "Oskar Lind").size());
  }

  @Test
  void aCorrectionIsNamedAnewAndWhatWasSaidBeforeIsFoundAsOfThen() {
    MemoryId id = say("I met Oskar Lind.");
    run();
    Entity oskar = named("Oskar Lind");
    clock.advance(Duration.ofDays(1));
    memories.revise(tenant, id, MemoryText.of("I met Clara Berg."));
    run();
    assertEquals(0, named("Oskar Lind").memories());
    assertEquals(1, named("Clara Berg").memories());
    assertEquals(List.of(), naming(oskar, ADA));
    MemoryFilter then = MemoryFilter.searched(ADA, clock.instant().minusSeconds(3600));
    assertEquals(1, entities.memories(tenant, oskar.id(), then, 10, null).data().size());
  }

  @Test
  void whatIsRevokedIsLinkedNoMore() {
    MemoryId id = say("I met Oskar Lind.");
    MemoryId later = say("I met Clara Berg.");
    run();
    revoke(id);
    assertEquals("Clara Berg unknown 1, Mara person 1", shown());
    revoke(later);
    assertEquals(0, rowsOf("entity"));
    rewind();
    run();
    assertEquals("", shown());
  }

  @Test
  void whoeverIsKilledBetweenAnyTwoStepsGoesOnToTheSameWhateverTheOrder() {
    fill();
    run();
    String whole = shown();
    long links = links();
    tenant = freshTenant();
    fill();
    for (int i = 0; i < 1000; i++) {
      if (consolidator(limits(10_000, 1000)).step(tenant, null).kind() == Kind.NOTHING) {
        break;
      }
    }
    assertEquals(whole, shown());
    assertEquals(links, links());
    assertTrue(links > 2 * Consolidator.NAMED_AT_ONCE, links + " links");
    erasedAtRandom();
  }

  /** Whatever was erased, what is left is as if it had never been there. */
  private void erasedAtRandom() {
    long seed = Long.getLong("seed", 20261128);
    System.out.println("erased at random: -Dseed=" + seed);
    Random random = new Random(seed);
    List<Memory> all = memories.list(tenant, MemoryFilter.of(Scope.NONE), 1000, null).data();
    for (Memory memory : all) {
      if (random.nextInt(3) > 0) {
        assertTrue(memories.erase(tenant, memory.id()).isPresent());
      }
    }
    String left = shown();
    List<Memory> rest = memories.list(tenant, MemoryFilter.of(Scope.NONE), 1000, null).data();
    tenant = freshTenant();
    for (Memory memory : rest.reversed()) {
      add(said(memory.scope(), memory.origin().session(), 0, memory.text()));
    }
    run();
    assertEquals(left, shown());
    assertTrue(left.contains("("), left);
  }

  private void fill() {
    List<String> people = List.of("Ned", "Clara", "Robert", "Zoë", "Oskar", "Ines", "Paul");
    List<String> families = List.of("Weber", "Lind", "Berg");
    for (int i = 0; i < 90; i++) {
      String person = people.get(i % 7);
      String family = families.get(i % 3 * (i % 7) % 3);
      String full = person + " " + family;
      String alias = "Un" + (person + family).toLowerCase(Locale.ROOT);
      String text =
          switch (i % 4) {
            case 0 -> "Today " + person + " told me that we should write.";
            case 1 -> "We wrote to " + full + " again.";
            case 2 -> "Then " + full + ", also known as " + alias + ", came.";
            default -> "My friend " + person + " moved to Oslo.";
          };
      add(said(i % 5 == 0 ? ADA : Scope.NONE, "s" + i / 10, 0, text));
    }
  }

  private MemoryId say(String text) {
    return add(said(ADA, null, 0, text));
  }

  private void revoke(MemoryId id) {
    Revocation revocation =
        audit.revoke(tenant, new Revocation.Request(new SourceName(id.value()), null, null));
    while (!revocation.isFinished()) {
      revocation = audit.advance(tenant, revocation.id(), 100);
    }
  }

  /** As if nothing had been read for names. */
  private void rewind() {
    change(
        "UPDATE consolidation SET named_change = 0, named_memory = '' WHERE tenant_id = '"
            + tenant.value()
            + "'");
  }

  private Memory version(VersionId id) {
    return memories.history(tenant, id.id()).stream()
        .filter(memory -> memory.version() == id.version())
        .findFirst()
        .orElseThrow();
  }

  private static EntityName name(String text) {
    return NameSpelling.of(text).orElseThrow();
  }

  private Entity named(String name) {
    return only(list(ADA, name));
  }

  private List<Entity> list(Scope scope, @Nullable String name) {
    Entities.Filter filter = new Entities.Filter(scope, null, name == null ? null : name(name));
    return entities.list(tenant, filter, 1000, null).data();
  }

  private List<MemoryId> naming(Entity entity, Scope scope) {
    return entities
        .memories(tenant, entity.id(), MemoryFilter.of(scope), 1000, null)
        .data()
        .stream()
        .map(Memory::id)
        .toList();
  }

  /** Name, aliases, kind and number of memories of all, sorted. */
  private String shown() {
    for (EntityKind kind : EntityKind.values()) {
      Entities.Filter filter = new Entities.Filter(Scope.NONE, kind, null);
      entities
          .list(tenant, filter, 1000, null)
          .data()
          .forEach(entity -> assertEquals(kind, entity.kind()));
    }
    return list(Scope.NONE, null).stream()
        .map(entity ->
            entity.name()
                + (entity.aliases().isEmpty()
                    ? ""
                    : entity.aliases().stream()
                        .map(Entity.Alias::name)
                        .sorted()
                        .collect(Collectors.joining(", ", " (", ")")))
                + " "
                + entity.kind().name().toLowerCase(Locale.ROOT)
                + " "
                + entity.memories())
        .sorted()
        .collect(Collectors.joining(", "));
  }

  private long links() {
    return rowsOf("entity_mention");
  }

  private long rowsOf(String table) {
    return rows("SELECT count(*) FROM " + table + " WHERE tenant_id = '" + tenant.value() + "'");
  }
}
