package io.millrace.server;

import io.millrace.offline.OfflineStore;
import io.millrace.offline.maintenance.LocalStorePlace;
import io.millrace.offline.snapshot.StorePlace;
import io.millrace.offline.snapshot.StorePlaces;
import io.millrace.server.job.RemoteStore;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.ParseResult;

/** A command whose offline store may lie where no path of this machine reaches. */
interface StoreCommand {
  /** The root of the store, a folder or a URI; empty if none is given, as beside --help. */
  Optional<String> storeRoot();

  /**
   * Opens a store.
   *
   * @throws io.millrace.offline.OfflineException if it lies elsewhere and cannot be reached
   */
  static StorePlace place(String root) {
    return StorePlaces.isUri(root)
        ? StorePlaces.open(root)
        : new LocalStorePlace(new OfflineStore(Path.of(root)));
  }

  /**
   * Runs a command: one whose store lies elsewhere once more in a process that reaches it, unless
   * this is the one.
   *
   * @return the exit status
   */
  static int execute(ParseResult parsed) {
    for (CommandLine command : parsed.asCommandLineList()) {
      if (command.getCommand() instanceof StoreCommand store
          && store.storeRoot().filter(StorePlaces::isUri).isPresent()
          && StorePlaces.here().isEmpty()) {
        return elsewhere(parsed, command);
      }
    }
    return new CommandLine.RunLast().execute(parsed);
  }

  private static int elsewhere(ParseResult parsed, CommandLine command) {
    try {
      return new RemoteStore(Path.of(System.getProperty("millrace.home", ".")))
          .run(parsed.originalArgs());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ExecutionException(command, "interrupted", e);
    } catch (RuntimeException e) {
      throw new ExecutionException(command, e.getMessage(), e);
    }
  }
}
