package io.millrace.offline.snapshot;

import io.millrace.offline.OfflineException;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * The snapshots of one table.
 *
 * <pre>
 * TABLE/dt=2008-03-09/part-1.parquet         a data file
 *      /dt=2008-03-09/.part-0.parquet.hidden one that was replaced, for older snapshots
 *      /_snapshots/0000000001.json           a manifest a commit
 * </pre>
 *
 * <p>A commit makes the manifest of the next number, in one step that fails if there is one; then
 * the change is made anew of what was committed meanwhile. So commits of several processes follow
 * each other, and a reader sees all of a commit or nothing. A manifest is never changed. Not
 * thread-safe: an instance remembers the snapshot that it read last.
 */
public final class TableSnapshots {
  /** The folder of the manifests in a table's. */
  public static final String FOLDER = "_snapshots";

  private static final int MOST_CHANGES = 32;
  private static final int MOST_TRIES = 1_000;
  private static final int MOST_WRITERS = 256;
  private static final String SUFFIX = ".json";

  private final StoreFiles files;
  private final InstantSource clock;
  private Snapshot last;

  public TableSnapshots(StoreFiles files, InstantSource clock) {
    this.files = files;
    this.clock = clock;
  }

  /**
   * The newest snapshot; empty if nothing was committed yet.
   *
   * @throws OfflineException if a manifest is broken
   */
  public Optional<Snapshot> latest() {
    SortedMap<Long, String> ids = ids();
    return ids.isEmpty() ? Optional.empty() : Optional.of(load(ids.lastKey()));
  }

  /**
   * A snapshot by its number.
   *
   * @throws OfflineException if there is none or it has expired, naming those that there are
   */
  public Snapshot at(long id) {
    Snapshot latest =
        latest()
            .orElseThrow(
                () -> new OfflineException("the table at " + files.place() + " has no snapshots"));
    if (id < latest.oldest() || id > latest.id()) {
      throw new OfflineException(
          "the table at "
              + files.place()
              + " has no snapshot "
              + id
              + (id > 0 && id < latest.oldest() ? ", it has expired" : "")
              + "; there are "
              + latest.oldest()
              + " to "
              + latest.id());
    }
    return load(id);
  }

  /** The manifests of all snapshots that have not expired, the oldest first. */
  public List<Manifest> history() {
    List<Manifest> history = new ArrayList<>();
    Optional<Snapshot> latest = latest();
    if (latest.isPresent()) {
      for (long id = latest.get().oldest(); id <= latest.get().id(); id++) {
        history.add(manifest(id));
      }
    }
    return history;
  }

  /**
   * Commits a change.
   *
   * @param change makes the change of the newest snapshot, if any; called again when another commit
   *     came between; empty to commit nothing
   * @return the newest snapshot, empty if there is none still
   * @throws OfflineException if a file to be removed is not there any more or one to be added is
   *     there already, or the folder cannot be written
   */
  public Optional<Snapshot> commit(Function<Optional<Snapshot>, Optional<Change>> change) {
    for (int i = 0; i < MOST_TRIES; i++) {
      Optional<Snapshot> before = latest();
      Optional<Change> made = change.apply(before);
      if (made.isEmpty()) {
        return before;
      }
      Manifest manifest = next(before, made.get());
      try {
        if (files.create(name(manifest.id()), ManifestJson.write(manifest))) {
          last = after(before, manifest);
          return Optional.of(last);
        }
      } catch (IOException e) {
        throw new OfflineException(
            "snapshot "
                + manifest.id()
                + " of the table at "
                + files.place()
                + " cannot be committed ("
                + e
                + "); make room there and let it be written; the snapshot before still holds",
            e);
      }
    }
    throw new OfflineException(
        "after "
            + MOST_TRIES
            + " tries others still commit first to the table at "
            + files.place()
            + "; stop some of them");
  }

  /**
   * Gives the files of the newest snapshot their names, and takes them from those of older ones.
   * What was cut off half way is done by the next call. Files of no snapshot keep theirs: they may
   * be about to be committed.
   *
   * @return how many files were renamed
   */
  public int settle() {
    Set<String> folders = new TreeSet<>();
    latest()
        .ifPresent(
            newest ->
                filesOf(newest.oldest(), newest.id())
                    .values()
                    .forEach(file -> folders.add(file.folder())));
    return settle(folders);
  }

  /** {@link #settle()} of the folders of some days. */
  public int settle(Set<String> folders) {
    Optional<Snapshot> latest = latest();
    if (latest.isEmpty()) {
      return 0;
    }
    Set<String> renamed = new TreeSet<>();
    Snapshot newest = latest.get();
    Map<String, DataFile> older = filesOf(newest.oldest(), newest.id());
    try {
      // Shown first, hidden then: a moment with rows twice is better than one without them.
      Set<String> shown = new HashSet<>();
      for (String folder : folders) {
        for (String name : files.list(folder)) {
          String own = DataFile.shownName(name);
          if (own == null) {
            shown.add(folder + "/" + name);
          } else if (newest.files().containsKey(folder + "/" + own)) {
            files.rename(folder + "/" + name, folder + "/" + own);
            renamed.add(folder + "/" + own);
          }
        }
      }
      for (String path : older.keySet()) {
        if (!newest.files().containsKey(path) && shown.contains(path)) {
          files.rename(path, DataFile.hidden(path));
          renamed.add(path);
        }
      }
      deleteExpired(renamed, newest);
    } catch (IOException e) {
      throw new OfflineException(
          "files of the table at "
              + files.place()
              + " cannot be renamed ("
              + e
              + "); snapshots hold as they are, but who lists the folder may see rows twice: give"
              + " the right to write there and run it again",
          e);
    }
    return renamed.size();
  }

  /**
   * A rename that is a copy brings a file back that expired and was deleted meanwhile, which then
   * nobody would look for.
   */
  private void deleteExpired(Set<String> renamed, Snapshot before) throws IOException {
    if (renamed.isEmpty() || files.renamesAtOnce()) {
      return;
    }
    Snapshot now = latest().orElseThrow();
    if (now.oldest() > before.oldest()) {
      Set<String> needed = filesOf(now.oldest(), now.id()).keySet();
      for (String path : renamed) {
        if (!needed.contains(path)) {
          files.delete(path);
          files.delete(DataFile.hidden(path));
        }
      }
    }
  }

  /** The files of all snapshots of {@code [from, to]}, by path. */
  public Map<String, DataFile> filesOf(long from, long to) {
    Map<String, DataFile> all = new TreeMap<>(load(from).files());
    for (long id = from + 1; id <= to; id++) {
      manifest(id).added().forEach(file -> all.put(file.path(), file));
    }
    return all;
  }

  /** The numbers of all manifests that are there, expired ones too, with their names. */
  public SortedMap<Long, String> ids() {
    SortedMap<Long, String> ids = new TreeMap<>();
    try {
      for (String name : files.list(FOLDER)) {
        if (name.endsWith(SUFFIX) && !name.startsWith(".")) {
          ids.put(idOf(name), FOLDER + "/" + name);
        }
      }
    } catch (IOException e) {
      throw new OfflineException(
          "the snapshots of the table at " + files.place() + " cannot be listed: " + e, e);
    }
    return ids;
  }

  private long idOf(String name) {
    try {
      return Long.parseLong(name.substring(0, name.length() - SUFFIX.length()));
    } catch (NumberFormatException e) {
      throw new OfflineException(
          files.place()
              + "/"
              + FOLDER
              + "/"
              + name
              + " is named after no snapshot, such as 0000000001.json; move it away",
          e);
    }
  }

  static String name(long id) {
    return FOLDER + "/" + String.format(Locale.ROOT, "%010d", id) + SUFFIX;
  }

  private Manifest manifest(long id) {
    String name = name(id);
    String place = files.place() + "/" + name;
    try {
      Manifest manifest =
          ManifestJson.read(
              place,
              files
                  .read(name)
                  .orElseThrow(
                      () ->
                          new OfflineException(
                              place
                                  + " is missing, so that the snapshots that build on it cannot be"
                                  + " read; put it back from a copy")));
      if (manifest.id() != id) {
        throw new OfflineException(
            place + " is of snapshot " + manifest.id() + "; put it back from a copy");
      }
      return manifest;
    } catch (IOException e) {
      throw new OfflineException(place + " cannot be read: " + e, e);
    }
  }

  private Snapshot load(long id) {
    if (last != null && last.id() == id) {
      return last;
    }
    List<Manifest> changes = new ArrayList<>();
    Optional<Snapshot> known = Optional.empty();
    for (long next = id; known.isEmpty(); next--) {
      if (last != null && last.id() == next) {
        known = Optional.of(last);
        break;
      }
      Manifest manifest = manifest(next);
      changes.add(0, manifest);
      if (manifest.whole().isPresent()) {
        break;
      }
    }
    for (Manifest manifest : changes) {
      known = Optional.of(after(known, manifest));
    }
    Snapshot loaded = known.orElseThrow();
    if (last == null || loaded.id() > last.id()) {
      last = loaded;
    }
    return loaded;
  }

  private Manifest next(Optional<Snapshot> before, Change change) {
    SortedMap<String, DataFile> all = new TreeMap<>();
    SortedMap<String, String> schemas = new TreeMap<>(change.schemas());
    SortedMap<String, Long> writers = new TreeMap<>();
    before.ifPresent(
        snapshot -> {
          all.putAll(snapshot.files());
          writers.putAll(snapshot.writers());
        });
    for (String path : change.removed()) {
      if (all.remove(path) == null) {
        throw new OfflineException(
            path
                + " is no file of the table at "
                + files.place()
                + " any more: something else replaced it meanwhile; run it again");
      }
    }
    for (DataFile file : change.added()) {
      if (all.put(file.path(), file) != null) {
        throw new OfflineException(
            file.path() + " is a file of the table at " + files.place() + " already");
      }
    }
    change.writers().forEach((writer, sequence) -> writers.merge(writer, sequence, Math::max));
    forgetOldWriters(writers, change);
    long id = before.map(Snapshot::id).orElse(0L) + 1;
    boolean whole =
        before.isEmpty()
            || !change.removed().isEmpty()
            || change.oldest() > 0
            || id - before.get().base() >= MOST_CHANGES;
    if (whole) {
      before.ifPresent(snapshot -> snapshot.schemas().forEach(schemas::putIfAbsent));
      Set<String> used = new HashSet<>();
      all.values().forEach(file -> used.add(file.schema()));
      schemas.keySet().retainAll(used);
    }
    OptionalLong watermark = before.map(Snapshot::watermarkMs).orElse(OptionalLong.empty());
    if (change.watermarkMs().isPresent()
        && (watermark.isEmpty() || watermark.getAsLong() < change.watermarkMs().getAsLong())) {
      watermark = change.watermarkMs();
    }
    return new Manifest(
        id,
        id - 1,
        whole ? id : before.get().base(),
        Math.max(before.map(Snapshot::oldest).orElse(1L), change.oldest()),
        change.operation(),
        clock.instant().truncatedTo(java.time.temporal.ChronoUnit.MILLIS),
        watermark,
        all.values().stream().mapToLong(DataFile::rows).sum(),
        all.values().stream().mapToLong(DataFile::bytes).sum(),
        all.size(),
        Snapshot.offsets(all.values()),
        writers,
        schemas,
        change.added(),
        change.removed(),
        whole ? Optional.of(List.copyOf(all.values())) : Optional.empty());
  }

  /** Each start of a job is a writer; those of long ago will not come back. */
  private static void forgetOldWriters(SortedMap<String, Long> writers, Change change) {
    while (writers.size() > MOST_WRITERS) {
      String first =
          writers.keySet().stream()
              .filter(writer -> !change.writers().containsKey(writer))
              .findFirst()
              .orElseThrow();
      writers.remove(first);
    }
  }

  private Snapshot after(Optional<Snapshot> before, Manifest manifest) {
    SortedMap<String, DataFile> all = new TreeMap<>();
    SortedMap<String, String> schemas = new TreeMap<>();
    if (manifest.whole().isPresent()) {
      manifest.whole().get().forEach(file -> all.put(file.path(), file));
    } else {
      all.putAll(before.orElseThrow().files());
      schemas.putAll(before.orElseThrow().schemas());
      manifest.removed().forEach(all::remove);
      manifest.added().forEach(file -> all.put(file.path(), file));
    }
    schemas.putAll(manifest.schemas());
    if (all.size() != manifest.fileCount()) {
      throw new OfflineException(
          files.place()
              + "/"
              + name(manifest.id())
              + " tells of "
              + manifest.fileCount()
              + " files, but those before it make "
              + all.size()
              + "; put the folder "
              + FOLDER
              + " back from a copy");
    }
    return new Snapshot(
        files.place(),
        manifest.id(),
        manifest.operation(),
        manifest.at(),
        manifest.watermarkMs(),
        manifest.oldest(),
        manifest.base(),
        manifest.writers(),
        schemas,
        all);
  }
}
