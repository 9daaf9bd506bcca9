package io.millrace.offline.snapshot;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * What a commit does to a table. Immutable.
 *
 * @param operation a word for people: {@code append}, {@code compact}, {@code expire}
 * @param added files that are new
 * @param removed paths of files that are no more
 * @param schemas the text of the schemas of the added files, by id
 * @param watermarkMs rows of before have all come, but for late ones
 * @param writers how far a writer has come, so that what it commits again is known
 * @param oldest snapshots below expire with this commit; 0 to keep all
 */
public record Change(
    String operation,
    List<DataFile> added,
    List<String> removed,
    Map<String, String> schemas,
    OptionalLong watermarkMs,
    Map<String, Long> writers,
    long oldest) {
  public Change {
    added = List.copyOf(added);
    removed = List.copyOf(removed);
    schemas = Map.copyOf(schemas);
    writers = Map.copyOf(writers);
  }

  /** New files. */
  public static Change append(List<DataFile> files, Map<String, String> schemas) {
    return new Change("append", files, List.of(), schemas, OptionalLong.empty(), Map.of(), 0);
  }

  /** Files that say the same as those they replace. */
  public static Change compact(
      List<DataFile> added, List<String> removed, Map<String, String> schemas) {
    return new Change("compact", added, removed, schemas, OptionalLong.empty(), Map.of(), 0);
  }

  /** Snapshots below may no longer be read. */
  public static Change expire(long oldest) {
    return new Change(
        "expire", List.of(), List.of(), Map.of(), OptionalLong.empty(), Map.of(), oldest);
  }

  /** The same by a writer that has come so far. */
  public Change by(String writer, long sequence) {
    Map<String, Long> all = new TreeMap<>(writers);
    all.merge(writer, sequence, Math::max);
    return new Change(operation, added, removed, schemas, watermarkMs, all, oldest);
  }

  /** The same as of a watermark. */
  public Change withWatermark(long ms) {
    return new Change(operation, added, removed, schemas, OptionalLong.of(ms), writers, oldest);
  }

  /** The same with what another adds. */
  public Change with(Change other) {
    List<DataFile> all = new ArrayList<>(other.added);
    all.addAll(added);
    Map<String, String> texts = new TreeMap<>(schemas);
    texts.putAll(other.schemas);
    return new Change(operation, all, removed, texts, watermarkMs, writers, oldest);
  }
}
