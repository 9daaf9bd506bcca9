package io.millrace.server.platform;

import java.io.IOException;
import java.util.List;

/** A program that does one thing and speaks for itself: it has the console of this process. */
public final class ForegroundProcess {
  private ForegroundProcess() {}

  /**
   * Runs a program to its end; it is asked to end if this thread is interrupted.
   *
   * @param name what messages call it
   * @return its exit status
   * @throws PlatformException when the program cannot be started
   */
  public static int run(String name, List<String> command) throws InterruptedException {
    try {
      Process process = new ProcessBuilder(command).inheritIO().start();
      try {
        return process.waitFor();
      } finally {
        process.destroy();
      }
    } catch (IOException e) {
      throw new PlatformException("Cannot start " + name + ": " + e.getMessage(), e);
    }
  }
}
