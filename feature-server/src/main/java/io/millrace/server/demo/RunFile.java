package io.millrace.server.demo;

import io.millrace.server.platform.PlatformException;
import io.millrace.server.platform.WorkFolder;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Properties;

/** What a run was told, kept in its work folder so that it can be gone on with. */
final class RunFile {
  private static final String NAME = "run.properties";

  private RunFile() {}

  static void write(WorkFolder work, DemoOptions options) {
    Properties properties = new Properties();
    properties.setProperty("data", options.data().name());
    properties.setProperty("online", options.online().name());
    properties.setProperty("events", Long.toString(options.events()));
    properties.setProperty("retrain", Boolean.toString(options.retrain()));
    properties.setProperty("shuffled", Boolean.toString(options.shuffled()));
    Path draft = work.path().resolve("." + NAME);
    try (Writer writer = Files.newBufferedWriter(draft)) {
      properties.store(writer, null);
      writer.close();
      Files.move(
          draft,
          work.path().resolve(NAME),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write " + draft, e);
    }
  }

  /**
   * Checks that the run in the folder was told the same.
   *
   * @throws PlatformException naming what differs, or that there is no run
   */
  static void require(WorkFolder work, DemoOptions options) {
    Path file = work.path().resolve(NAME);
    if (!Files.exists(file)) {
      throw new PlatformException(
          "There is no run to go on with in " + work.path() + ". Leave --resume out.");
    }
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + file, e);
    }
    requireSame(properties, "data", options.data().name());
    requireSame(properties, "online", options.online().name());
    requireSame(properties, "events", Long.toString(options.events()));
    requireSame(properties, "retrain", Boolean.toString(options.retrain()));
    requireSame(properties, "shuffled", Boolean.toString(options.shuffled()));
  }

  private static void requireSame(Properties properties, String name, String now) {
    String then = properties.getProperty(name);
    if (!now.equals(then)) {
      throw new PlatformException(
          "The run to go on with had "
              + name
              + " "
              + then
              + ", not "
              + now
              + ". Give the same options, or leave --resume out.");
    }
  }
}
