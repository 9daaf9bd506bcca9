package io.millrace.feature.erasure;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * All erasures that are known, and whether something is an erased subject's. As long as there are
 * none, and for everything that is newer than all of them, the question costs two comparisons. Not
 * thread-safe.
 *
 * <pre>
 * if (erased.reach(event.timeMs(), knownAtMs)) {
 *   Optional&lt;Erasure&gt; by = erased.of("tail_num", value, event.timeMs(), knownAtMs);
 * }
 * </pre>
 */
public final class ErasedSubjects {
  private static final int MOST_REMEMBERED = 10_000;

  private final SubjectHash hash;
  private final Map<String, Erasure> byId = new LinkedHashMap<>();
  // Each later erasure of the same subject is one more.
  private final Map<String, List<Erasure>> bySubject = new HashMap<>();
  private final TreeSet<String> columns = new TreeSet<>();
  private final Map<String, List<Erasure>> remembered =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, List<Erasure>> eldest) {
          return size() > MOST_REMEMBERED;
        }
      };
  private long untilMs = Long.MIN_VALUE;
  private long atMs = Long.MIN_VALUE;
  private boolean closed;

  public ErasedSubjects(byte[] secret) {
    this.hash = new SubjectHash(secret);
  }

  /** Learns of an erasure, or how far one has come. */
  public void add(Erasure erasure) {
    byId.put(erasure.id(), erasure);
    bySubject.clear();
    remembered.clear();
    closed = false;
    for (Erasure one : byId.values()) {
      bySubject.computeIfAbsent(one.subject(), key -> new ArrayList<>(1)).add(one);
      columns.add(one.column());
      untilMs = Math.max(untilMs, one.untilMs());
      atMs = Math.max(atMs, one.atMs());
      closed |= one.phase() != Erasure.Phase.OPEN;
    }
  }

  public boolean isEmpty() {
    return byId.isEmpty();
  }

  /** All that are known, in the order in which they came. */
  public Collection<Erasure> all() {
    return byId.values();
  }

  /** The key columns that any of them is about. */
  public Collection<String> columns() {
    return columns;
  }

  /** Whether something is old enough to be any erased subject's. */
  public boolean reach(long timeMs, long knownAtMs) {
    return timeMs <= untilMs || knownAtMs <= atMs || closed;
  }

  /**
   * The erasure of the subject that something is of, if it is.
   *
   * @param value of the column, as {@link Subject#valueOf} gives it; null is nobody's
   * @param timeMs its event time
   * @param knownAtMs when it was appended to its topic
   */
  public Optional<Erasure> of(String column, String value, long timeMs, long knownAtMs) {
    return known(column, value).stream()
        .filter(erasure -> erasure.reaches(timeMs, knownAtMs))
        .findFirst();
  }

  /** Whether a value of a column is that of a subject that was ever erased. */
  public boolean names(String column, String value) {
    return !known(column, value).isEmpty();
  }

  private List<Erasure> known(String column, String value) {
    if (value == null || !columns.contains(column)) {
      return List.of();
    }
    return remembered.computeIfAbsent(
        column + '\0' + value, key -> bySubject.getOrDefault(hash.of(column, value), List.of()));
  }
}
