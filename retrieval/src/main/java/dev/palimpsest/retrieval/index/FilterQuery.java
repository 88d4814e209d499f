package dev.palimpsest.retrieval.index;

import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.MemoryKind;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.lucene.document.BinaryPoint;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermInSetQuery;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/** A filter as Lucene asks it; agrees with {@link MemoryFilter#admits} on every version. */
final class FilterQuery {
  private final BooleanQuery.Builder query = new BooleanQuery.Builder();

  private FilterQuery() {}

  static Query of(MemoryFilter filter) {
    FilterQuery building = new FilterQuery();
    building.addTerms(filter);
    building.addHappened(filter.happenedFrom(), filter.happenedTo());
    building.addKnown(filter.asOf());
    building.addHolding(filter.validAt());
    building.and(MatchAllDocsQuery.INSTANCE);
    return building.query.build();
  }

  private void addTerms(MemoryFilter filter) {
    scoped(IndexFields.USER, filter.scope().user());
    scoped(IndexFields.AGENT, filter.scope().agent());
    scoped(IndexFields.PROJECT, filter.scope().project());
    if (!filter.kinds().isEmpty()) {
      anyOf(IndexFields.KIND, filter.kinds().stream().map(MemoryKind::name));
    }
    exactly(IndexFields.SESSION, filter.session());
    exactly(IndexFields.SOURCE, filter.source());
    exactly(IndexFields.SPEAKER, filter.speaker());
    Label least = filter.labelMin();
    if (least != null) {
      Stream<Label> trusted = Arrays.stream(Label.values()).filter(l -> l.compareTo(least) >= 0);
      anyOf(IndexFields.LABEL, trusted.map(Label::name));
    }
  }

  private void addHappened(@Nullable Instant from, @Nullable Instant to) {
    if (from == null && to == null) {
      return;
    }
    byte[] low = from == null ? InstantBytes.first() : InstantBytes.of(from);
    byte[] high = to == null ? InstantBytes.last() : InstantBytes.before(to);
    between(IndexFields.HAPPENED, low, high);
  }

  private void addKnown(@Nullable Instant asOf) {
    if (asOf == null) {
      exactly(IndexFields.NEWEST, "1");
      return;
    }
    between(IndexFields.LEARNED, InstantBytes.first(), InstantBytes.of(asOf));
    between(IndexFields.SUPERSEDED, InstantBytes.after(asOf), InstantBytes.last());
  }

  private void addHolding(@Nullable Instant validAt) {
    if (validAt != null) {
      between(IndexFields.HOLDS_FROM, InstantBytes.first(), InstantBytes.of(validAt));
      between(IndexFields.HOLDS_TO, InstantBytes.after(validAt), InstantBytes.last());
    }
  }

  private void scoped(String field, @Nullable String part) {
    if (part != null) {
      anyOf(field, Stream.of(part, IndexFields.ABSENT));
    }
  }

  private void anyOf(String field, Stream<String> values) {
    List<BytesRef> terms = values.map(BytesRef::new).toList();
    and(new TermInSetQuery(field, terms));
  }

  private void exactly(String field, @Nullable String value) {
    if (value != null) {
      and(new TermQuery(new Term(field, value)));
    }
  }

  /** Both ends included; nothing when they are the wrong way round. */
  private void between(String field, byte[] low, byte[] high) {
    and(BinaryPoint.newRangeQuery(field, low, high));
  }

  private void and(Query clause) {
    query.add(clause, Occur.FILTER);
  }
}
