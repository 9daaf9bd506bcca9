package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TerminalTest {
  private final StringWriter written = new StringWriter();
  private long nowNanos = 17;

  @Test
  void shouldWriteOnePlainLineEveryFiveSecondsIntoAFile() {
    try (Terminal terminal = terminal(false)) {
      for (int second = 0; second <= 11; second++) {
        terminal.progress("second " + second);
        nowNanos += TimeUnit.SECONDS.toNanos(1);
      }
    }

    assertThat(written.toString().lines()).containsExactly("second 0", "second 5", "second 10");
  }

  @Test
  void shouldRewriteOneLineOnATerminal() {
    try (Terminal terminal = terminal(true)) {
      terminal.progress("one");
      nowNanos += TimeUnit.SECONDS.toNanos(1);
      terminal.progress("two");
      terminal.line("done");
    }

    assertThat(written)
        .hasToString("\r\u001b[Kone\r\u001b[Ktwo\r\u001b[Kdone" + System.lineSeparator());
  }

  @Test
  void shouldPassOverProgressInQuickSuccession() {
    try (Terminal terminal = terminal(true)) {
      terminal.progress("one");
      nowNanos += TimeUnit.MILLISECONDS.toNanos(99);
      terminal.progress("two");
    }

    assertThat(written.toString()).contains("one").doesNotContain("two");
  }

  private Terminal terminal(boolean rewrites) {
    return new Terminal(new PrintWriter(written), rewrites, () -> nowNanos);
  }
}
