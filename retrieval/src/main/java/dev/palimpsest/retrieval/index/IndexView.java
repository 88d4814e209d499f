package dev.palimpsest.retrieval.index;

import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.MemoryId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.ConstantScoreQuery;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.FixedBitSet;

/**
 * One question asked of one moment of the index: the documents that a filter admits, scored by the
 * question's words. Nothing else is ever looked at. Belongs to the thread that opened it, who
 * closes it.
 */
public final class IndexView implements AutoCloseable {
  /**
   * Words by which a question asks and its answer is not known; short questions that are asked in
   * talk would be found by them first.
   */
  private static final Set<String> ASKING = Set.of("what", "which", "did", "do", "does");

  /** The most words of a question that are looked up. */
  static final int WORDS_MAX = 256;

  /** What an exact match adds to a match of the stem. */
  private static final double EXACT_WEIGHT = 0.2;

  private final SearcherManager manager;
  private final IndexSearcher searcher;
  private final Path folder;
  private final FixedBitSet admitted;
  private final WordScores scores;
  private final List<AskedWord> asked;
  private final Columns columns;

  /** Takes over the searcher, and gives it back when it fails. */
  IndexView(SearcherManager manager, Path folder, String question, MemoryFilter filter)
      throws IOException {
    this.manager = manager;
    this.folder = folder;
    this.searcher = manager.acquire();
    boolean isOpen = false;
    try {
      this.admitted = admitted(FilterQuery.of(filter));
      this.scores = scores(question);
      this.asked = weighed(WordAnalysis.placed(question, WORDS_MAX));
      this.columns = new Columns(searcher.getIndexReader());
      isOpen = true;
    } finally {
      if (!isOpen) {
        manager.release(searcher);
      }
    }
  }

  /** The words of a text as the index has them, unstemmed; at most {@value #WORDS_MAX}. */
  public static List<String> wordsOf(String text) {
    return WordAnalysis.words(WordAnalysis.EXACT, text, WORDS_MAX);
  }

  /** The words of the question in order, with how rare they are. */
  public List<AskedWord> asked() {
    return asked;
  }

  /** How many documents the filter admits. */
  public int size() {
    return admitted.cardinality();
  }

  /**
   * Those whose words fit best, best first; equal ones by id.
   *
   * @param limit at most so many
   */
  public List<Entry> best(int limit) {
    int[] docs = matching();
    double[] worst = new double[docs.length];
    for (int i = 0; i < docs.length; i++) {
      worst[i] = scores.of(docs[i]);
    }
    Arrays.sort(worst);
    double least = worst.length > limit ? worst[worst.length - limit] : 0;
    int[] kept = Arrays.stream(docs).filter(doc -> scores.of(doc) >= least).toArray();
    return entries(kept).stream()
        .sorted(
            Comparator.comparingDouble(Entry::words)
                .reversed()
                .thenComparing(entry -> entry.id().value()))
        .limit(limit)
        .toList();
  }

  /** The admitted version of each of these memories, where there is one. */
  public List<Entry> of(Collection<MemoryId> ids) {
    return entries(withTerms(IndexFields.ID, ids.stream().map(MemoryId::value).toList()));
  }

  /** Those that stand at one of these places. */
  public List<Entry> at(Collection<Entry.Place> places) {
    List<String> names =
        places.stream().map(p -> IndexFields.place(p.conversation(), p.position())).toList();
    return entries(withTerms(IndexFields.PLACE, names));
  }

  /** The words of the question that each of these memories holds, in the question's order. */
  public Map<MemoryId, List<String>> matched(Collection<MemoryId> ids) {
    int[] docs = withTerms(IndexFields.ID, ids.stream().map(MemoryId::value).toList());
    Map<MemoryId, List<String>> matched = new LinkedHashMap<>();
    List<Entry> entries = entries(docs);
    for (int i = 0; i < docs.length; i++) {
      matched.put(entries.get(i).id(), scores.matched(docs[i]));
    }
    return matched;
  }

  @Override
  public void close() {
    try {
      manager.release(searcher);
    } catch (IOException e) {
      throw new IndexException("close a view", folder, e);
    }
  }

  private FixedBitSet admitted(Query filter) throws IOException {
    FixedBitSet found = new FixedBitSet(Math.max(1, searcher.getIndexReader().maxDoc()));
    Query rewritten = searcher.rewrite(new ConstantScoreQuery(filter));
    Weight weight = searcher.createWeight(rewritten, ScoreMode.COMPLETE_NO_SCORES, 1);
    for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
      Scorer scorer = weight.scorer(leaf);
      if (scorer != null) {
        addLive(found, scorer.iterator(), leaf);
      }
    }
    return found;
  }

  private static void addLive(FixedBitSet found, DocIdSetIterator docs, LeafReaderContext leaf)
      throws IOException {
    Bits live = leaf.reader().getLiveDocs();
    int doc = docs.nextDoc();
    while (doc != DocIdSetIterator.NO_MORE_DOCS) {
      if (live == null || live.get(doc)) {
        found.set(leaf.docBase + doc);
      }
      doc = docs.nextDoc();
    }
  }

  private WordScores scores(String question) throws IOException {
    WordScores made = new WordScores(searcher.getIndexReader(), admitted);
    List<String> exact = WordAnalysis.words(WordAnalysis.EXACT, question, WORDS_MAX);
    List<String> stems = WordAnalysis.words(WordAnalysis.STEMMED, question, WORDS_MAX);
    boolean isAllAsking = ASKING.containsAll(exact);
    List<Integer> kept =
        IntStream.range(0, exact.size())
            .filter(i -> isAllAsking || !ASKING.contains(exact.get(i)))
            .boxed()
            .toList();
    for (Map.Entry<String, Integer> stem : counted(kept, stems).entrySet()) {
      made.add(IndexFields.STEM, stem.getKey(), stem.getValue(), 1);
    }
    for (Map.Entry<String, Integer> word : counted(kept, exact).entrySet()) {
      made.add(IndexFields.EXACT, word.getKey(), word.getValue(), EXACT_WEIGHT);
    }
    for (int i : kept) {
      made.note(exact.get(i), IndexFields.STEM, stems.get(i));
    }
    return made;
  }

  private List<AskedWord> weighed(List<AskedWord> words) throws IOException {
    boolean isAllAsking = words.stream().allMatch(word -> ASKING.contains(word.word()));
    List<AskedWord> weighed = new ArrayList<>();
    for (AskedWord word : words) {
      boolean counts = isAllAsking || !ASKING.contains(word.word());
      double rarity = counts ? scores.rarity(IndexFields.EXACT, word.word()) : 0;
      weighed.add(new AskedWord(word.word(), word.from(), word.to(), rarity));
    }
    return weighed;
  }

  private static Map<String, Integer> counted(List<Integer> kept, List<String> words) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    kept.forEach(i -> counts.merge(words.get(i), 1, Integer::sum));
    return counts;
  }

  private int[] matching() {
    int[] docs = new int[size()];
    int found = 0;
    int doc = admitted.nextSetBit(0);
    while (doc != DocIdSetIterator.NO_MORE_DOCS) {
      if (scores.of(doc) > 0) {
        docs[found++] = doc;
      }
      doc =
          doc + 1 < admitted.length()
              ? admitted.nextSetBit(doc + 1)
              : DocIdSetIterator.NO_MORE_DOCS;
    }
    return Arrays.copyOf(docs, found);
  }

  /** Admitted documents that carry any of these terms, rising. */
  private int[] withTerms(String field, List<String> values) {
    TreeSet<BytesRef> wanted = new TreeSet<>();
    values.forEach(value -> wanted.add(new BytesRef(value)));
    try {
      FixedBitSet found = new FixedBitSet(admitted.length());
      for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
        addWithTerms(found, leaf, field, wanted);
      }
      found.and(admitted);
      return found.cardinality() == 0 ? new int[0] : bits(found);
    } catch (IOException e) {
      throw new IndexException("look up " + field, folder, e);
    }
  }

  private static void addWithTerms(
      FixedBitSet found, LeafReaderContext leaf, String field, Collection<BytesRef> wanted)
      throws IOException {
    Terms terms = leaf.reader().terms(field);
    if (terms == null) {
      return;
    }
    TermsEnum term = terms.iterator();
    for (BytesRef value : wanted) {
      if (term.seekExact(value)) {
        addLive(found, term.postings(null, PostingsEnum.NONE), leaf);
      }
    }
  }

  private static int[] bits(FixedBitSet set) {
    int[] docs = new int[set.cardinality()];
    int doc = -1;
    for (int i = 0; i < docs.length; i++) {
      doc = set.nextSetBit(doc + 1);
      docs[i] = doc;
    }
    return docs;
  }

  /** Of documents in rising order. */
  private List<Entry> entries(int[] docs) {
    try {
      List<Entry> entries = new ArrayList<>(docs.length);
      for (int doc : docs) {
        entries.add(columns.entry(doc, scores.of(doc)));
      }
      return entries;
    } catch (IOException e) {
      throw new IndexException("read columns", folder, e);
    }
  }
}
