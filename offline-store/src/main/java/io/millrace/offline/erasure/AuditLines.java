package io.millrace.offline.erasure;

import io.millrace.offline.snapshot.StoreFiles;
import io.millrace.offline.snapshot.StorePlace;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** Lines that are only ever added to, by several processes at once. */
interface AuditLines {
  /** Where they are, for messages. */
  String place();

  /** All lines, the oldest first; none if there are none. */
  List<String> read() throws IOException;

  /**
   * Adds a line after all that others have added.
   *
   * @param next makes the line, with a line feed, of those before; may be called again when another
   *     came between
   */
  void append(Function<List<String>, String> next) throws IOException;

  /**
   * The lines of one file, which one process at a time has locked.
   *
   * @param file made at the first line
   */
  record OfFile(Path file) implements AuditLines {
    @Override
    public String place() {
      return file.toString();
    }

    @Override
    public List<String> read() throws IOException {
      return Files.exists(file) ? Files.readString(file).lines().toList() : List.of();
    }

    @Override
    public void append(Function<List<String>, String> next) throws IOException {
      Files.createDirectories(file.getParent());
      try (FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        channel.lock();
        ByteBuffer bytes = ByteBuffer.wrap(next.apply(read()).getBytes(StandardCharsets.UTF_8));
        channel.position(channel.size());
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      }
    }
  }

  /**
   * An object a line, of which one of several processes makes that of a number.
   *
   * @param folder below the store's root
   */
  record OfObjects(StorePlace store, String folder) implements AuditLines {
    private static final String SUFFIX = ".json";

    @Override
    public String place() {
      return store.files(folder).place();
    }

    @Override
    public List<String> read() throws IOException {
      return read(store.files(folder));
    }

    @Override
    public void append(Function<List<String>, String> next) throws IOException {
      StoreFiles files = store.exclusive(folder);
      while (true) {
        List<String> before = read(files);
        byte[] line = next.apply(before).getBytes(StandardCharsets.UTF_8);
        String name = String.format(Locale.ROOT, "%010d", before.size() + 1) + SUFFIX;
        if (files.create(name, line)) {
          return;
        }
      }
    }

    private static List<String> read(StoreFiles files) throws IOException {
      List<String> names = new ArrayList<>(files.list(""));
      names.removeIf(name -> !name.endsWith(SUFFIX));
      names.sort(null);
      List<String> lines = new ArrayList<>();
      for (String name : names) {
        Optional<byte[]> line = files.read(name);
        lines.add(new String(line.orElse(new byte[0]), StandardCharsets.UTF_8).strip());
      }
      return lines;
    }
  }
}
