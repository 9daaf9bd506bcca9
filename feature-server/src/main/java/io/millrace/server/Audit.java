package io.millrace.server;

import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.erasure.AuditLog;
import io.millrace.offline.snapshot.StorePlace;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Notes in a store's audit log who asked for what. Stateless. */
final class Audit {
  private Audit() {}

  /**
   * Notes a request before it is carried out.
   *
   * @param what the command
   * @param details hold no value of a subject
   * @throws io.millrace.offline.OfflineException if it cannot be noted; it is not carried out then
   */
  static void note(Path store, String what, Map<String, ?> details) {
    new AuditLog(new OfflineStore(store), InstantSource.system())
        .add(System.getProperty("user.name"), what, new TreeMap<>(details));
  }

  /**
   * The same, where a store was named.
   *
   * @throws io.millrace.offline.OfflineException also if there is none at that path
   */
  static void note(Optional<Path> store, String what, Map<String, ?> details) {
    if (store.isPresent()) {
      new OfflineStore(store.get()).requireThere();
      note(store.get(), what, details);
    }
  }

  /**
   * Notes a file that is made of a store, so that erasing can name it.
   *
   * @param err is told if the store cannot be written: reading it is allowed still
   */
  static void noteExport(Path store, String what, Path file, PrintWriter err) {
    if (!Files.isWritable(store)) {
      err.println(
          "millrace: " + store + " cannot be written, so its audit log does not name " + file);
      return;
    }
    note(store, what, Map.of("exported-to", file.toAbsolutePath().normalize().toString()));
  }

  /**
   * Notes a copy that is made of a store wherever it lies, so that erasing can name it.
   *
   * @param err is told if the store cannot be written: reading it is allowed still
   */
  static void noteCopy(StorePlace store, Path folder, PrintWriter err) {
    try {
      new AuditLog(store, InstantSource.system())
          .add(
              System.getProperty("user.name"),
              "offline fetch",
              Map.of("exported-to", folder.toAbsolutePath().normalize().toString()));
    } catch (OfflineException e) {
      err.println(
          "millrace: the store's audit log does not name " + folder + ": " + e.getMessage());
    }
  }
}
