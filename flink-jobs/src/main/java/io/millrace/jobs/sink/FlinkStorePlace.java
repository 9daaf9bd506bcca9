package io.millrace.jobs.sink;

import io.millrace.jobs.s3.ConditionalPut;
import io.millrace.jobs.s3.S3ConditionalPut;
import io.millrace.offline.OfflineException;
import io.millrace.offline.snapshot.StoreFiles;
import io.millrace.offline.snapshot.StorePlace;
import io.millrace.offline.snapshot.TableSnapshots;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.UnsupportedFileSystemSchemeException;

/** A store where a file system of Flink's reaches, such as {@code s3://bucket/store}. */
public final class FlinkStorePlace implements StorePlace {
  private final FileSystem files;
  private final Path root;
  private final Optional<ConditionalPut> conditional;

  private FlinkStorePlace(FileSystem files, Path root, Optional<ConditionalPut> conditional) {
    this.files = files;
    this.root = root;
    this.conditional = conditional;
  }

  /**
   * Opens a store by a file system that Flink has loaded.
   *
   * @param flink Flink's configuration, by which its plugins know the server and their keys
   * @throws OfflineException if no plugin is there for it, or it cannot be opened
   */
  public static FlinkStorePlace at(URI root, Configuration flink) {
    if (root.getRawUserInfo() != null) {
      throw new OfflineException(
          "keys do not belong into the address of an offline store; give them in Flink's"
              + " configuration or the environment");
    }
    try {
      return new FlinkStorePlace(
          FileSystem.get(root),
          new Path(root),
          S3ConditionalPut.at(root, flink, System.getenv(), InstantSource.system()));
    } catch (UnsupportedFileSystemSchemeException e) {
      throw new OfflineException(
          "no file system reaches "
              + root
              + ": put Flink's plugin for "
              + root.getScheme()
              + ", such as flink-s3-fs-hadoop of Flink's version, into a folder of its own in the"
              + " folder that FLINK_PLUGINS_DIR names",
          e);
    } catch (IOException e) {
      throw new OfflineException("the offline store at " + root + " cannot be opened: " + e, e);
    }
  }

  @Override
  public String root() {
    return root.toString();
  }

  @Override
  public List<String> tables() {
    List<String> tables = new ArrayList<>();
    try {
      collect("", children(root), tables);
    } catch (FileNotFoundException e) {
      throw none(e);
    } catch (IOException e) {
      throw new OfflineException("the offline store at " + root + " cannot be listed: " + e, e);
    }
    if (tables.isEmpty()) {
      throw none(null);
    }
    return tables;
  }

  @Override
  public boolean isFolder() {
    return false;
  }

  @Override
  public StoreFiles files(String folder) {
    return new FlinkStoreFiles(files, new Path(root, folder), conditional, InstantSource.system());
  }

  private OfflineException none(IOException cause) {
    return new OfflineException(
        "there is no offline store at " + root + "; mend it, or run the job that writes it", cause);
  }

  /** A folder with days or snapshots is a table. */
  private void collect(String name, List<String> children, List<String> tables) throws IOException {
    if (!name.isEmpty()
        && children.stream()
            .anyMatch(child -> child.startsWith("dt=") || child.equals(TableSnapshots.FOLDER))) {
      tables.add(name);
      return;
    }
    for (String child : children) {
      if (!child.startsWith(".") && !child.startsWith("_")) {
        String below = name.isEmpty() ? child : name + "/" + child;
        collect(below, children(new Path(root, below)), tables);
      }
    }
  }

  private List<String> children(Path folder) throws IOException {
    FileStatus[] found = files.listStatus(folder);
    return found == null
        ? List.of()
        : Arrays.stream(found)
            .filter(FileStatus::isDir)
            .map(child -> child.getPath().getName())
            .sorted(Comparator.naturalOrder())
            .toList();
  }
}
