package io.millrace.jobs.sink;

import io.millrace.offline.snapshot.Scratch;
import io.millrace.offline.snapshot.StoreFiles;
import io.millrace.offline.snapshot.StorePlace;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A store whose process dies: after some changes nothing goes through any more, nor what would tidy
 * up.
 */
final class CutPlace implements StorePlace {
  private final StorePlace store;
  private final AtomicInteger left;

  /**
   * @param steps how many changes still go through
   */
  CutPlace(StorePlace store, int steps) {
    this.store = store;
    this.left = new AtomicInteger(steps);
  }

  @Override
  public String root() {
    return store.root();
  }

  @Override
  public boolean isFolder() {
    return store.isFolder();
  }

  @Override
  public List<String> tables() {
    return store.tables();
  }

  @Override
  public StoreFiles files(String folder) {
    return new CutFiles(store.files(folder), left);
  }

  private record CutFiles(StoreFiles files, AtomicInteger left) implements StoreFiles {
    private void step() throws IOException {
      if (left.getAndDecrement() <= 0) {
        throw new IOException("the process died");
      }
    }

    @Override
    public String place() {
      return files.place();
    }

    @Override
    public List<String> list(String folder) throws IOException {
      return files.list(folder);
    }

    @Override
    public Optional<byte[]> read(String name) throws IOException {
      return files.read(name);
    }

    @Override
    public SeekableByteChannel open(String name) throws IOException {
      return files.open(name);
    }

    @Override
    public boolean create(String name, byte[] content) throws IOException {
      step();
      return files.create(name, content);
    }

    @Override
    public boolean exclusive() throws IOException {
      return files.exclusive();
    }

    @Override
    public Path local(String name, Scratch scratch) throws IOException {
      return files.local(name, scratch);
    }

    @Override
    public Path draft(String name, Scratch scratch) throws IOException {
      return files.draft(name, scratch);
    }

    @Override
    public void put(String name, Path draft) throws IOException {
      step();
      files.put(name, draft);
    }

    @Override
    public boolean exists(String name) throws IOException {
      return files.exists(name);
    }

    @Override
    public Optional<Instant> time(String name) throws IOException {
      return files.time(name);
    }

    @Override
    public void rename(String name, String newName) throws IOException {
      if (left.get() == 0) {
        // A rename is a copy: it died before the source went.
        Optional<byte[]> content = files.read(name);
        if (content.isPresent()) {
          files.create(newName, content.get());
        }
      }
      step();
      files.rename(name, newName);
    }

    @Override
    public void delete(String name) throws IOException {
      step();
      files.delete(name);
    }
  }
}
