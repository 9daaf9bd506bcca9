package io.millrace.server.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What the loop made of the model: as lines, as a table in Markdown, and as a figure. */
final class LoopReport {
  private final String title;
  private final List<Months.Month> months;
  private final LoopBoard loop;

  private LoopReport(String title, List<Months.Month> months, LoopBoard loop) {
    this.title = title;
    this.months = months;
    this.loop = loop;
  }

  static LoopReport of(DemoOptions options, List<Months.Month> months, LoopBoard loop) {
    String data = options.data().name().toLowerCase(Locale.ROOT);
    return new LoopReport(
        "Delays foretold, " + data + (options.shuffled() ? ", times shuffled" : ""), months, loop);
  }

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("");
    lines.add("The loop: " + loop.retrainings().size() + " retrainings");
    for (LoopBoard.Retraining retraining : loop.retrainings()) {
      lines.add(
          "  %s %s: %s"
              .formatted(
                  day(retraining.request().decidedAtMs()),
                  outcome(retraining),
                  retraining.request().reason()));
    }
    lines.add("  month     requests   late   AUC serving  frozen   log-loss serving  frozen");
    for (Months.Month month : months) {
      lines.add(
          String.format(
              Locale.ROOT,
              "  %s  %,9d  %.3f        %.4f  %.4f             %.4f  %.4f",
              month.month(),
              month.labelled(),
              month.lateShare(),
              month.servingAuc(),
              month.frozenAuc(),
              month.servingLogLoss(),
              month.frozenLogLoss()));
    }
    return lines;
  }

  private static String outcome(LoopBoard.Retraining retraining) {
    return retraining
        .status()
        .map(
            status ->
                status.phase().name().toLowerCase(Locale.ROOT)
                    + (status.candidateVersion() > 0 ? " v" + status.candidateVersion() : ""))
        .orElse("requested");
  }

  /**
   * Writes {@code loop.md} and {@code loop.svg}.
   *
   * @return the folder
   */
  Path write(Path folder) throws IOException {
    Files.writeString(folder.resolve("loop.md"), markdown());
    Files.writeString(folder.resolve("loop.svg"), LoopFigure.of(title, months, loop.activations()));
    return folder;
  }

  private String markdown() {
    StringBuilder text = new StringBuilder();
    text.append("| decided | outcome | cause |\n|---|---|---|\n");
    for (LoopBoard.Retraining retraining : loop.retrainings()) {
      text.append(
          "| %s | %s | %s |\n"
              .formatted(
                  day(retraining.request().decidedAtMs()),
                  outcome(retraining),
                  retraining.request().reason()));
    }
    text.append(
        "\n| month | requests | late | AUC serving | AUC frozen | log-loss serving | log-loss"
            + " frozen |\n|---|---|---|---|---|---|---|\n");
    for (Months.Month month : months) {
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %,d | %.3f | %.4f | %.4f | %.4f | %.4f |\n",
              month.month(),
              month.labelled(),
              month.lateShare(),
              month.servingAuc(),
              month.frozenAuc(),
              month.servingLogLoss(),
              month.frozenLogLoss()));
    }
    return text.toString();
  }

  private static LocalDate day(long timeMs) {
    return LocalDate.ofInstant(Instant.ofEpochMilli(timeMs), ZoneOffset.UTC);
  }
}
