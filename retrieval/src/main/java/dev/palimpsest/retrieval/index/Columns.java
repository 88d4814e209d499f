package dev.palimpsest.retrieval.index;

import dev.palimpsest.memory.MemoryId;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.SortedDocValues;
import org.jspecify.annotations.Nullable;

/**
 * The columns of documents. Lucene reads columns forwards; a document before the one read last
 * opens them anew, so whoever asks in rising order pays least.
 */
final class Columns {
  private final List<LeafReaderContext> leaves;
  private @Nullable Segment segment;

  Columns(IndexReader reader) {
    this.leaves = reader.leaves();
  }

  Entry entry(int doc, double words) throws IOException {
    LeafReaderContext leaf = leaves.get(ReaderUtil.subIndex(doc, leaves));
    Segment open = segment;
    if (open == null || open.ord != leaf.ord || open.last >= doc - leaf.docBase) {
      open = new Segment(leaf);
      segment = open;
    }
    return open.entry(doc - leaf.docBase, words);
  }

  private static final class Segment {
    private final int ord;
    private final SortedDocValues ids;
    private final NumericDocValues versions;
    private final SortedDocValues conversations;
    private final NumericDocValues positions;
    private final SortedDocValues speakers;
    private final NumericDocValues asks;
    private final NumericDocValues moments;
    private int last = -1;

    Segment(LeafReaderContext leaf) throws IOException {
      LeafReader reader = leaf.reader();
      ord = leaf.ord;
      ids = DocValues.getSorted(reader, IndexFields.ID);
      versions = DocValues.getNumeric(reader, IndexFields.VERSION);
      conversations = DocValues.getSorted(reader, IndexFields.CONVERSATION);
      positions = DocValues.getNumeric(reader, IndexFields.POSITION);
      speakers = DocValues.getSorted(reader, IndexFields.SPEAKER);
      asks = DocValues.getNumeric(reader, IndexFields.ASKS);
      moments = DocValues.getNumeric(reader, IndexFields.MOMENT);
    }

    Entry entry(int doc, double words) throws IOException {
      last = doc;
      String id = text(ids, doc);
      if (id == null || !versions.advanceExact(doc)) {
        throw new IOException("a document without id or version");
      }
      return new Entry(
          new MemoryId(id),
          (int) versions.longValue(),
          words,
          place(doc),
          text(speakers, doc),
          asks.advanceExact(doc),
          moments.advanceExact(doc) ? Instant.ofEpochSecond(moments.longValue()) : null);
    }

    private Entry.@Nullable Place place(int doc) throws IOException {
      String conversation = text(conversations, doc);
      return conversation == null || !positions.advanceExact(doc)
          ? null
          : new Entry.Place(conversation, positions.longValue());
    }

    private static @Nullable String text(SortedDocValues column, int doc) throws IOException {
      return column.advanceExact(doc) ? column.lookupOrd(column.ordValue()).utf8ToString() : null;
    }
  }
}
