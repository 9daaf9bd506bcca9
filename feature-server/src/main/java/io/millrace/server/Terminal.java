package io.millrace.server;

import java.io.PrintWriter;
import java.util.function.LongSupplier;

/**
 * Shows what goes on: on a terminal one line that is rewritten, elsewhere (a file, a CI log) a
 * plain line every 5 seconds.
 *
 * <pre>{@code
 * try (Terminal terminal = Terminal.of(err)) {
 *   terminal.progress("sent 1,000 events");
 *   terminal.line("done");
 * }
 * }</pre>
 *
 * <p>Safe for use by several threads.
 */
public final class Terminal implements AutoCloseable {
  private static final long REWRITE_NANOS = 100_000_000L;
  private static final long PLAIN_NANOS = 5_000_000_000L;
  private static final String ERASE = "\r\u001b[K";

  private final PrintWriter out;
  private final boolean rewrites;
  private final LongSupplier nanoTime;
  private boolean started;
  private long lastNanos;
  private boolean lineIsOpen;

  Terminal(PrintWriter out, boolean rewrites, LongSupplier nanoTime) {
    this.out = out;
    this.rewrites = rewrites;
    this.nanoTime = nanoTime;
  }

  /** Writes there; rewrites lines when this process talks to a terminal that can. */
  public static Terminal of(PrintWriter out) {
    boolean capable = System.console() != null && !"dumb".equals(System.getenv("TERM"));
    return new Terminal(out, capable, System::nanoTime);
  }

  /** Replaces the progress line; calls in quick succession are passed over. */
  public synchronized void progress(String text) {
    long now = nanoTime.getAsLong();
    if (started && now - lastNanos < (rewrites ? REWRITE_NANOS : PLAIN_NANOS)) {
      return;
    }
    started = true;
    lastNanos = now;
    if (rewrites) {
      out.print(ERASE + text);
      lineIsOpen = true;
    } else {
      out.println(text);
    }
    out.flush();
  }

  /** Writes a line that stays, in place of the progress line. */
  public synchronized void line(String text) {
    erase();
    out.println(text);
    out.flush();
  }

  /** Removes the progress line. */
  @Override
  public synchronized void close() {
    erase();
    out.flush();
  }

  private void erase() {
    if (lineIsOpen) {
      out.print(ERASE);
      lineIsOpen = false;
    }
  }
}
