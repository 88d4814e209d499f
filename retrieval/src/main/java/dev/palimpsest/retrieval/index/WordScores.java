package dev.palimpsest.retrieval.index;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.FixedBitSet;

/**
 * BM25 (Robertson and Zaragoza 2009, with the idf of Lucene) over the admitted documents alone. How
 * rare a word is and how long a text usually is are counted among them, and lengths are exact.
 * Lucene's own scorer counts over the whole index, deleted documents included; a score would then
 * tell of memories outside the filter, and would change whenever segments are merged, so that a
 * rebuilt index ranked otherwise than a grown one. Costs one pass over the postings of the words
 * asked for. A word asked for twice counts twice; sums are taken in the order of the question.
 */
final class WordScores {
  /** Less than the customary 1.2 and 0.75: turns of talk are short and repeat little. */
  private static final double K1 = 0.9;

  private static final double B = 0.4;

  private final IndexReader reader;
  private final FixedBitSet admitted;
  private final double[] scores;
  private final double[] saturation;
  private final Map<String, int[]> matches = new LinkedHashMap<>();
  private final int count;

  WordScores(IndexReader reader, FixedBitSet admitted) throws IOException {
    this.reader = reader;
    this.admitted = admitted;
    this.count = admitted.cardinality();
    this.scores = new double[reader.maxDoc()];
    this.saturation = saturation();
  }

  /** Adds one word that was asked for {@code times} times. */
  void add(String field, String word, int times, double weight) throws IOException {
    Postings postings = postings(field, new BytesRef(word));
    double idf = rarity(postings);
    for (int i = 0; i < postings.size; i++) {
      int doc = postings.docs[i];
      double frequency = postings.frequencies[i];
      scores[doc] += weight * times * idf * frequency * (K1 + 1) / (frequency + saturation[doc]);
    }
  }

  /** Remembers, for {@link #matched}, which documents hold a word. */
  void note(String shown, String field, String word) throws IOException {
    Postings postings = postings(field, new BytesRef(word));
    matches.put(shown, Arrays.copyOf(postings.docs, postings.size));
  }

  /** How rare a word is among the admitted, never negative. */
  double rarity(String field, String word) throws IOException {
    return rarity(postings(field, new BytesRef(word)));
  }

  private double rarity(Postings postings) {
    return Math.log(1 + (count - postings.size + 0.5) / (postings.size + 0.5));
  }

  double of(int doc) {
    return scores[doc];
  }

  /** The noted words which a document holds, in order. */
  List<String> matched(int doc) {
    List<String> words = new ArrayList<>();
    matches.forEach((word, docs) -> {
      if (Arrays.binarySearch(docs, doc) >= 0) {
        words.add(word);
      }
    });
    return words;
  }

  /** For each document what is added to a frequency in the denominator. */
  private double[] saturation() throws IOException {
    double[] lengths = new double[reader.maxDoc()];
    double sum = 0;
    for (LeafReaderContext leaf : reader.leaves()) {
      NumericDocValues length = leaf.reader().getNumericDocValues(IndexFields.LENGTH);
      while (length != null && length.nextDoc() != DocIdSetIterator.NO_MORE_DOCS) {
        int doc = leaf.docBase + length.docID();
        if (admitted.get(doc)) {
          lengths[doc] = length.longValue();
          sum += lengths[doc];
        }
      }
    }
    double average = sum == 0 ? 1 : sum / count;
    for (int doc = 0; doc < lengths.length; doc++) {
      lengths[doc] = K1 * (1 - B + B * lengths[doc] / average);
    }
    return lengths;
  }

  private Postings postings(String field, BytesRef word) throws IOException {
    Postings found = new Postings();
    for (LeafReaderContext leaf : reader.leaves()) {
      Terms terms = leaf.reader().terms(field);
      TermsEnum term = terms == null ? null : terms.iterator();
      if (term != null && term.seekExact(word)) {
        found.addAdmitted(term.postings(null, PostingsEnum.FREQS), leaf.docBase, admitted);
      }
    }
    return found;
  }

  /** The admitted documents of one word, rising. */
  private static final class Postings {
    private int[] docs = new int[64];
    private int[] frequencies = new int[64];
    private int size;

    void addAdmitted(PostingsEnum postings, int base, FixedBitSet admitted) throws IOException {
      int doc = postings.nextDoc();
      while (doc != DocIdSetIterator.NO_MORE_DOCS) {
        if (admitted.get(base + doc)) {
          add(base + doc, postings.freq());
        }
        doc = postings.nextDoc();
      }
    }

    private void add(int doc, int frequency) {
      if (size == docs.length) {
        docs = Arrays.copyOf(docs, 2 * size);
        frequencies = Arrays.copyOf(frequencies, 2 * size);
      }
      docs[size] = doc;
      frequencies[size++] = frequency;
    }
  }
}
