package io.millrace.offline.parquet;

import io.millrace.offline.OfflineException;
import io.millrace.offline.snapshot.DataFile;
import io.millrace.offline.snapshot.LocalStoreFiles;
import io.millrace.offline.snapshot.Snapshot;
import io.millrace.offline.snapshot.TableSnapshots;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which files a reader of a table reads: those of one snapshot, so that what is committed,
 * compacted or shown meanwhile changes nothing for it; of a folder that was never committed to,
 * those that are there now. Immutable and thread-safe.
 */
public final class TableFiles {
  private static final String PARTITION_PREFIX = "dt=";

  private final Path folder;
  private final OptionalLong snapshot;
  private final NavigableMap<LocalDate, List<String>> days;
  // Of a snapshot; else empty.
  private final Map<String, DataFile> known;

  private TableFiles(
      Path folder, OptionalLong snapshot, List<String> paths, Map<String, DataFile> known) {
    this.folder = folder;
    this.snapshot = snapshot;
    this.known = known;
    this.days =
        paths.stream()
            .sorted()
            .collect(
                Collectors.groupingBy(
                    path -> dayOf(folder, path), TreeMap::new, Collectors.toList()));
  }

  /**
   * The table as it is now.
   *
   * @param folder the table's; one that does not exist has no files
   * @throws OfflineException if a manifest is broken or a file lies in no folder of a day
   */
  public static TableFiles latest(Path folder) {
    Optional<Snapshot> snapshot = snapshots(folder).latest();
    if (snapshot.isPresent()) {
      return of(folder, snapshot.get());
    }
    return new TableFiles(
        folder,
        OptionalLong.empty(),
        Files.exists(folder)
            ? ParquetFiles.at(folder).stream()
                .map(file -> ParquetFiles.nameBelow(folder, file))
                .toList()
            : List.of(),
        Map.of());
  }

  /**
   * The table as of a snapshot.
   *
   * @throws OfflineException if there is no such snapshot or it has expired
   */
  public static TableFiles at(Path folder, long snapshot) {
    return of(folder, snapshots(folder).at(snapshot));
  }

  /** The table as of a snapshot that was read. */
  public static TableFiles of(Path folder, Snapshot snapshot) {
    return new TableFiles(
        folder,
        OptionalLong.of(snapshot.id()),
        List.copyOf(snapshot.files().keySet()),
        snapshot.files());
  }

  private static TableSnapshots snapshots(Path folder) {
    return new TableSnapshots(new LocalStoreFiles(folder), InstantSource.system());
  }

  /** The snapshot's number; empty if the table has none. */
  public OptionalLong snapshot() {
    return snapshot;
  }

  /** The days that have files. */
  public List<LocalDate> days() {
    return List.copyOf(days.keySet());
  }

  /** The files of a day, where they are now, in the order of their names. */
  public Stream<Path> day(LocalDate day) {
    return days.getOrDefault(day, List.of()).stream().map(this::locate);
  }

  /** What the snapshot knows of the files of a day; of a table without snapshots nothing. */
  public List<DataFile> described(LocalDate day) {
    return days.getOrDefault(day, List.of()).stream()
        .map(known::get)
        .filter(Objects::nonNull)
        .toList();
  }

  /** Where a file that the snapshot names is now. */
  public Path at(DataFile file) {
    return locate(file.path());
  }

  /** The files of the days of {@code [from, until)}, each sought when its turn comes. */
  public Stream<Path> between(LocalDate from, LocalDate until) {
    return days.subMap(from, until).values().stream().flatMap(List::stream).map(this::locate);
  }

  /**
   * The files that may hold rows of {@code [fromMs, toMs]}: all of those days, but for files of
   * which the snapshot knows that they do not.
   */
  public Stream<Path> holding(long fromMs, long toMs) {
    return days.subMap(dayOf(fromMs), true, dayOf(toMs), true).values().stream()
        .flatMap(List::stream)
        .filter(
            path -> {
              DataFile file = known.get(path);
              return file == null
                  || !file.hasTimes()
                  || (file.minTimeMs() <= toMs && file.maxTimeMs() >= fromMs);
            })
        .map(this::locate);
  }

  private static LocalDate dayOf(long ms) {
    return LocalDate.ofEpochDay(Math.floorDiv(ms, Duration.ofDays(1).toMillis()));
  }

  /** All files, where they are now. */
  public Stream<Path> all() {
    return between(LocalDate.MIN, LocalDate.MAX);
  }

  /** A file is under its own name, or under a hidden one before it is shown and when replaced. */
  private Path locate(String path) {
    Path shown = folder.resolve(path);
    Path hidden = folder.resolve(DataFile.hidden(path));
    // It may be renamed between two looks, once.
    if (Files.exists(shown)) {
      return shown;
    }
    if (Files.exists(hidden)) {
      return hidden;
    }
    if (Files.exists(shown) || snapshot.isEmpty()) {
      return shown;
    }
    throw new OfflineException(
        shown
            + " is missing, but snapshot "
            + snapshot.getAsLong()
            + " of the table at "
            + folder
            + " names it; put it back from a copy, or read another snapshot");
  }

  /** Where a file is once it was shown or hidden. */
  static Path otherName(Path file) {
    String name = String.valueOf(file.getFileName());
    String shown = DataFile.shownName(name);
    return file.resolveSibling(shown == null ? DataFile.hidden(name) : shown);
  }

  private static LocalDate dayOf(Path folder, String path) {
    int slash = path.indexOf('/');
    String name = slash < 0 ? path : path.substring(0, slash);
    try {
      if (slash >= 0 && name.startsWith(PARTITION_PREFIX)) {
        return LocalDate.parse(name.substring(PARTITION_PREFIX.length()));
      }
    } catch (DateTimeException e) {
      throw new OfflineException(
          "the folder "
              + folder.resolve(name)
              + " names no date, such as dt=2008-03-09; move it away",
          e);
    }
    throw new OfflineException(
        folder.resolve(path)
            + " lies in no folder of a day, such as dt=2008-03-09; move it there or away");
  }
}
