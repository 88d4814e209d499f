package dev.palimpsest.retrieval.index;

import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Scope;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.apache.lucene.document.BinaryPoint;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.Field.Store;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.SortedDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/**
 * One document for each version of a memory, and what its fields hold.
 *
 * <table>
 * <caption>Fields</caption>
 * <tr><td>{@code id}</td><td>memory id; a term to replace by, and a column</td></tr>
 * <tr><td>{@code version}</td><td>column</td></tr>
 * <tr><td>{@code exact}, {@code stem}</td><td>words of speaker, text and date, with
 * frequencies; no positions, no norms</td></tr>
 * <tr><td>{@code length}</td><td>column: how many words</td></tr>
 * <tr><td>{@code asks}</td><td>column: there where the text holds a question</td></tr>
 * <tr><td>{@code moment}</td><td>column: the second it happened; absent where unknown</td></tr>
 * <tr><td>{@code user agent project}</td><td>term; empty where the scope leaves it open</td></tr>
 * <tr><td>{@code kind label session source speaker}</td><td>term; {@code speaker} also a
 * column</td></tr>
 * <tr><td>{@code newest}</td><td>term {@code 1} on the version in force</td></tr>
 * <tr><td>{@code happened}</td><td>time; absent where unknown</td></tr>
 * <tr><td>{@code learned superseded holds_from holds_to}</td><td>times; an open end lies outside
 * all times</td></tr>
 * <tr><td>{@code conversation position}</td><td>columns: scope, source and session as one, and the
 * place in it; absent where there is no session</td></tr>
 * <tr><td>{@code place}</td><td>term: both of them</td></tr>
 * </table>
 */
final class IndexFields {
  static final String ID = "id";
  static final String VERSION = "version";
  static final String EXACT = "exact";
  static final String STEM = "stem";
  static final String LENGTH = "length";
  static final String ASKS = "asks";
  static final String MOMENT = "moment";
  static final String USER = "user";
  static final String AGENT = "agent";
  static final String PROJECT = "project";
  static final String KIND = "kind";
  static final String LABEL = "label";
  static final String SESSION = "session";
  static final String SOURCE = "source";
  static final String SPEAKER = "speaker";
  static final String NEWEST = "newest";
  static final String HAPPENED = "happened";
  static final String LEARNED = "learned";
  static final String SUPERSEDED = "superseded";
  static final String HOLDS_FROM = "holds_from";
  static final String HOLDS_TO = "holds_to";
  static final String CONVERSATION = "conversation";
  static final String POSITION = "position";
  static final String PLACE = "place";

  /** In place of a part of a scope that is left open: no part that is set is empty. */
  static final String ABSENT = "";

  /** No text that can be stored holds it. */
  private static final char SEPARATOR = '\0';

  private static final char QUESTION_MARK = '?';

  private static final FieldType WORDS = words();
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("d MMMM uuuu", Locale.ENGLISH).withZone(ZoneOffset.UTC);

  private IndexFields() {}

  static Document document(Memory memory) {
    Document document = new Document();
    term(document, ID, memory.id().value());
    document.add(new SortedDocValuesField(ID, new BytesRef(memory.id().value())));
    document.add(new NumericDocValuesField(VERSION, memory.version()));
    addWords(document, memory);
    addTerms(document, memory);
    addTimes(document, memory);
    addPlace(document, memory.scope(), memory.origin());
    return document;
  }

  /** The name of one place in a conversation. */
  static String place(String conversation, long position) {
    return conversation + SEPARATOR + position;
  }

  private static void addWords(Document document, Memory memory) {
    Instant happened = memory.content().happenedAt();
    String text = memory.content().spoken();
    String dated = happened == null ? text : text + "\n" + DATE.format(happened);
    List<String> exact = WordAnalysis.words(WordAnalysis.EXACT, dated, Integer.MAX_VALUE);
    document.add(new Field(EXACT, dated, WORDS));
    document.add(new Field(STEM, dated, WORDS));
    document.add(new NumericDocValuesField(LENGTH, exact.size()));
    if (memory.text().indexOf(QUESTION_MARK) >= 0) {
      document.add(new NumericDocValuesField(ASKS, 1));
    }
    if (happened != null) {
      document.add(new NumericDocValuesField(MOMENT, happened.getEpochSecond()));
    }
  }

  private static void addTerms(Document document, Memory memory) {
    Scope scope = memory.scope();
    term(document, USER, scope.user() == null ? ABSENT : scope.user());
    term(document, AGENT, scope.agent() == null ? ABSENT : scope.agent());
    term(document, PROJECT, scope.project() == null ? ABSENT : scope.project());
    term(document, KIND, memory.kind().name());
    term(document, LABEL, memory.content().label().name());
    term(document, SOURCE, memory.origin().source());
    term(document, SESSION, memory.origin().session());
    String speaker = memory.content().speaker();
    if (speaker != null) {
      term(document, SPEAKER, speaker);
      document.add(new SortedDocValuesField(SPEAKER, new BytesRef(speaker)));
    }
    term(document, NEWEST, memory.isNewest() ? "1" : null);
  }

  private static void addTimes(Document document, Memory memory) {
    Instant happened = memory.content().happenedAt();
    if (happened != null) {
      document.add(new BinaryPoint(HAPPENED, InstantBytes.of(happened)));
    }
    document.add(new BinaryPoint(LEARNED, InstantBytes.of(memory.learnedAt())));
    document.add(new BinaryPoint(SUPERSEDED, orLast(memory.supersededAt())));
    Instant from = memory.holdsFrom();
    byte[] holdsFrom = from == null ? InstantBytes.first() : InstantBytes.of(from);
    document.add(new BinaryPoint(HOLDS_FROM, holdsFrom));
    document.add(new BinaryPoint(HOLDS_TO, orLast(memory.content().validTo())));
  }

  private static void addPlace(Document document, Scope scope, Origin origin) {
    if (origin.session() == null) {
      return;
    }
    String conversation =
        String.join(
            String.valueOf(SEPARATOR),
            scope.user() == null ? ABSENT : scope.user(),
            scope.agent() == null ? ABSENT : scope.agent(),
            scope.project() == null ? ABSENT : scope.project(),
            origin.source(),
            origin.session());
    document.add(new SortedDocValuesField(CONVERSATION, new BytesRef(conversation)));
    document.add(new NumericDocValuesField(POSITION, origin.position()));
    term(document, PLACE, place(conversation, origin.position()));
  }

  private static byte[] orLast(@Nullable Instant instant) {
    return instant == null ? InstantBytes.last() : InstantBytes.of(instant);
  }

  private static void term(Document document, String field, @Nullable String value) {
    if (value != null) {
      document.add(new StringField(field, value, Store.NO));
    }
  }

  private static FieldType words() {
    FieldType type = new FieldType();
    type.setTokenized(true);
    type.setOmitNorms(true);
    type.setIndexOptions(IndexOptions.DOCS_AND_FREQS);
    type.freeze();
    return type;
  }
}
