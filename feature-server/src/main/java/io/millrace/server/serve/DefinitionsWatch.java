package io.millrace.server.serve;

import io.millrace.feature.Definitions;
import io.millrace.feature.definition.DefinitionException;
import io.millrace.online.OnlineStoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Serves the definitions of a folder as they are now: looks at its files every now and then, and
 * when asked with {@code POST /v1/reload}. Definitions with mistakes are told and not served; those
 * before stay. Thread-safe.
 */
public final class DefinitionsWatch implements ServeModule, AutoCloseable {
  private static final String API = "reload";

  private final Path folder;
  private final Loader loader;
  private final FeatureServing serving;
  private final Consumer<String> told;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "definitions-watch");
            thread.setDaemon(true);
            return thread;
          });
  private List<String> seen;

  /** Reads the definition files. */
  @FunctionalInterface
  public interface Loader {
    Definitions load() throws DefinitionException;
  }

  private DefinitionsWatch(
      Path folder, Loader loader, FeatureServing serving, Consumer<String> told) {
    this.folder = folder;
    this.loader = loader;
    this.serving = serving;
    this.told = told;
    this.seen = files();
  }

  /**
   * Begins to watch.
   *
   * @param every how often the files are looked at
   * @param told takes lines about what was reloaded, or why not
   */
  public static DefinitionsWatch start(
      Path folder, Loader loader, FeatureServing serving, Duration every, Consumer<String> told) {
    DefinitionsWatch watch = new DefinitionsWatch(folder, loader, serving, told);
    watch.timer.scheduleWithFixedDelay(
        watch::look, every.toMillis(), every.toMillis(), TimeUnit.MILLISECONDS);
    return watch;
  }

  @Override
  public void addTo(ServeSite site) {
    site.http()
        .route()
        .post("/v1/reload")
        .build(
            Exchange.service(
                site.options(),
                (ctx, request) -> {
                  long startedNanos = System.nanoTime();
                  try {
                    boolean changed = reload();
                    site.metrics().time(API, "ok", System.nanoTime() - startedNanos);
                    return Replies.json(
                        json -> {
                          json.writeStartObject();
                          json.writeStringField("definitions", serving.definitions().hash());
                          json.writeBooleanField("changed", changed);
                          json.writeEndObject();
                        });
                  } catch (Refusal refusal) {
                    site.metrics().refused(API, refusal, System.nanoTime() - startedNanos);
                    throw refusal;
                  }
                }));
  }

  /**
   * Reads the files and serves what they say from now on.
   *
   * @return whether that differs from what was served before
   * @throws Refusal with all mistakes, if there are any; then nothing changes
   */
  public synchronized boolean reload() {
    seen = files();
    try {
      Definitions definitions = loader.load();
      if (definitions.hash().equals(serving.definitions().hash())) {
        return false;
      }
      serving.reload(definitions);
      return true;
    } catch (DefinitionException e) {
      throw new Refusal(
          Refusal.Kind.INVALID,
          e.problems().stream().map(Object::toString).collect(Collectors.joining("\n")),
          e);
    } catch (OnlineStoreException e) {
      throw new Refusal(
          Refusal.Kind.UNAVAILABLE,
          "the online store cannot be opened with the new views: " + e.getMessage(),
          e);
    } catch (IllegalArgumentException e) {
      throw new Refusal(Refusal.Kind.INVALID, e.getMessage(), e);
    }
  }

  private synchronized void look() {
    try {
      if (files().equals(seen)) {
        return;
      }
      if (reload()) {
        told.accept("serving changed definitions, hash " + serving.definitions().hash());
      }
    } catch (RuntimeException e) {
      told.accept("the changed definitions are not served: " + e.getMessage());
    }
  }

  /** Names, sizes and times of all files below the folder, but for data. */
  private List<String> files() {
    try (Stream<Path> all = Files.walk(folder)) {
      List<String> files = new ArrayList<>();
      for (Path file : all.toList()) {
        Path relative = folder.relativize(file);
        if (!relative.startsWith("data") && Files.isRegularFile(file)) {
          BasicFileAttributes of = Files.readAttributes(file, BasicFileAttributes.class);
          files.add(relative + " " + of.size() + " " + of.lastModifiedTime());
        }
      }
      Collections.sort(files);
      return files;
    } catch (IOException | UncheckedIOException e) {
      // Files come and go while an editor writes; the next look sees what came of it.
      return List.of();
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
