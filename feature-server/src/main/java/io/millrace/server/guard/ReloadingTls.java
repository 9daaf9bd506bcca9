package io.millrace.server.guard;

import com.linecorp.armeria.common.TlsKeyPair;
import com.linecorp.armeria.common.TlsProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificate in two files, taken anew when they change: new connections get the new one, and
 * files that do not fit together leave the old one where it is. Thread-safe.
 */
final class ReloadingTls implements TlsProvider, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ReloadingTls.class);

  private final GuardOptions.TlsFiles files;
  private final AtomicLong reloads = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();
  private final ScheduledExecutorService watcher =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "tls-watcher");
            thread.setDaemon(true);
            return thread;
          });
  private volatile TlsKeyPair pair;
  private List<FileTime> seen;

  ReloadingTls(GuardOptions.TlsFiles files, Duration every) {
    this.files = files;
    try {
      this.seen = changed();
      this.pair = read();
    } catch (IOException | RuntimeException e) {
      watcher.shutdownNow();
      throw new IllegalArgumentException(
          "the certificate %s with the key %s cannot be used: %s; both are PEM, the key without a password"
              .formatted(files.certificate(), files.key(), e.getMessage()),
          e);
    }
    watcher.scheduleWithFixedDelay(
        this::refresh, every.toMillis(), every.toMillis(), TimeUnit.MILLISECONDS);
  }

  private TlsKeyPair read() {
    return TlsKeyPair.of(files.key().toFile(), files.certificate().toFile());
  }

  private List<FileTime> changed() throws IOException {
    return List.of(
        Files.getLastModifiedTime(files.certificate()), Files.getLastModifiedTime(files.key()));
  }

  /** Looks at the files now. */
  synchronized void refresh() {
    try {
      List<FileTime> now = changed();
      if (!now.equals(seen)) {
        TlsKeyPair next = read();
        seen = now;
        pair = next;
        reloads.incrementAndGet();
        LOG.info("The certificate {} was taken anew", files.certificate());
      }
    } catch (IOException | RuntimeException e) {
      failures.incrementAndGet();
      LOG.warn(
          "The changed certificate {} cannot be used, the old one stays: {}",
          files.certificate(),
          e.getMessage());
    }
  }

  @Override
  public TlsKeyPair keyPair(String hostname) {
    return pair;
  }

  long reloads() {
    return reloads.get();
  }

  long failures() {
    return failures.get();
  }

  @Override
  public void close() {
    watcher.shutdownNow();
  }
}
