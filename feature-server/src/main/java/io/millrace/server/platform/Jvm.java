package io.millrace.server.platform;

import java.nio.file.Files;
import java.nio.file.Path;

/** The Java that child processes run on: the one that runs this process. */
public final class Jvm {
  private Jvm() {}

  /** The path of the {@code java} program. */
  public static String program() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /**
   * Checks that a part of the build is there.
   *
   * @throws PlatformException naming it and the command that builds it, when it is not
   */
  public static Path requireBuilt(Path file) {
    if (!Files.exists(file)) {
      throw new PlatformException(
          file
              + " does not exist. Build it with \"mvn package -DskipTests\" in the root of the"
              + " repository.");
    }
    return file;
  }
}
