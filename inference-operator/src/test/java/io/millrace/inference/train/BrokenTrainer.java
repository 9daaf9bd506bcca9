package io.millrace.inference.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.LockSupport;

/** Trainers that do not come to a model; each is the main class of a child process. */
final class BrokenTrainer {
  private BrokenTrainer() {}

  /** Says that it has begun and does nothing more, whatever becomes of its parent's pipe. */
  static final class Hanging {
    public static void main(String[] args) {
      System.out.println("@round 1 0.6 0.6");
      while (true) {
        LockSupport.park();
      }
    }
  }

  /** Ends at once. */
  static final class Exiting {
    public static void main(String[] args) {
      System.out.println("out of luck");
      System.exit(1);
    }
  }

  /** Says nothing and is content, but has made no model. */
  static final class Idle {
    public static void main(String[] args) {}
  }

  /** Writes into its folder for ever. */
  static final class Filling {
    public static void main(String[] args) throws IOException {
      Path file = Path.of(args[1]).resolve("checkpoints.bin");
      byte[] block = new byte[64 << 10];
      while (true) {
        Files.write(file, block, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        // At most 64 MB a second.
        LockSupport.parkNanos(1_000_000);
      }
    }
  }
}
