package io.millrace.server;

import io.millrace.offline.OfflineStore;
import io.millrace.offline.erasure.AuditLog;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;

/** Notes in a store's audit log which files were made of it, so that erasing can name them. */
final class Exports {
  private Exports() {}

  /**
   * Notes one before it is made.
   *
   * @param what the command
   * @param err is told if the store cannot be written: reading it is allowed still
   */
  static void note(Path store, String what, Path file, PrintWriter err) {
    if (!Files.isWritable(store)) {
      err.println(
          "millrace: " + store + " cannot be written, so its audit log does not name " + file);
      return;
    }
    new AuditLog(new OfflineStore(store), InstantSource.system())
        .add(
            System.getProperty("user.name"),
            what,
            Map.of("exported-to", file.toAbsolutePath().normalize().toString()));
  }
}
