package io.millrace.server.demo;

import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * The months as a picture: AUC above, log-loss below, the serving models beside the frozen first
 * one, and a mark where a new version began to serve. SVG 1.1, without scripts or links.
 */
final class LoopFigure {
  private static final int WIDTH = 880;
  private static final int PANEL = 190;
  private static final int LEFT = 62;
  private static final int RIGHT = 20;
  private static final int TOP = 76;
  private static final int GAP = 44;
  private static final String SERVING = "#0b62a3";
  private static final String FROZEN = "#b4531a";

  private final String title;
  private final List<Months.Month> months;
  private final List<LoopBoard.Activation> activations;
  private final StringBuilder svg = new StringBuilder();

  private LoopFigure(
      String title, List<Months.Month> months, List<LoopBoard.Activation> activations) {
    this.title = title;
    this.months = months;
    this.activations = activations;
  }

  static String of(
      String title, List<Months.Month> months, List<LoopBoard.Activation> activations) {
    return new LoopFigure(title, months, activations).draw();
  }

  private String draw() {
    int height = TOP + 2 * PANEL + GAP + 46;
    add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\""
            + " font-family=\"sans-serif\" font-size=\"12\" fill=\"#222\">",
        WIDTH, height, WIDTH, height);
    add("<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>", WIDTH, height);
    add("<text x=\"%d\" y=\"20\" font-size=\"15\" font-weight=\"bold\">%s</text>", LEFT, title);
    legend(LEFT, SERVING, "serving, retrained by itself");
    legend(LEFT + 230, FROZEN, "first model, frozen");
    if (!months.isEmpty()) {
      panel(TOP, "AUC", Months.Month::servingAuc, Months.Month::frozenAuc);
      panel(
          TOP + PANEL + GAP, "log-loss", Months.Month::servingLogLoss, Months.Month::frozenLogLoss);
      monthNames(TOP + 2 * PANEL + GAP + 16);
    }
    add("</svg>");
    return svg.toString();
  }

  private void legend(int x, String colour, String text) {
    add(
        "<line x1=\"%d\" y1=\"38\" x2=\"%d\" y2=\"38\" stroke=\"%s\" stroke-width=\"2.5\"/>",
        x, x + 26, colour);
    add("<text x=\"%d\" y=\"42\">%s</text>", x + 32, text);
  }

  private void panel(
      int top,
      String name,
      ToDoubleFunction<Months.Month> serving,
      ToDoubleFunction<Months.Month> frozen) {
    List<Double> all = new ArrayList<>();
    for (Months.Month month : months) {
      all.add(serving.applyAsDouble(month));
      all.add(frozen.applyAsDouble(month));
    }
    double low = all.stream().filter(v -> !v.isNaN()).min(Double::compare).orElse(0.0);
    double high = all.stream().filter(v -> !v.isNaN()).max(Double::compare).orElse(1.0);
    double step = step(high - low);
    low = Math.floor(low / step) * step;
    high = Math.max(low + step, Math.ceil(high / step) * step);
    for (double value = low; value <= high + step / 2; value += step) {
      double y = y(top, value, low, high);
      add(
          "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#ddd\"/>",
          LEFT, y, WIDTH - RIGHT, y);
      add("<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.2f</text>", LEFT - 8, y + 4, value);
    }
    add("<text x=\"%d\" y=\"%d\" font-weight=\"bold\">%s</text>", LEFT, top - 6, name);
    for (LoopBoard.Activation activation : activations) {
      double x = x(activation.eventTimeMs());
      add(
          "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#888\""
              + " stroke-dasharray=\"3 3\"/>",
          x, top, x, top + PANEL);
      add(
          "<text x=\"%.1f\" y=\"%d\" font-size=\"10\" fill=\"#555\">v%d</text>",
          x + 2, top + 10, activation.version());
    }
    // The frozen one lies below and is wider, so that it is seen where both are the same.
    line(top, low, high, frozen, FROZEN, 5);
    line(top, low, high, serving, SERVING, 2);
  }

  private void line(
      int top,
      double low,
      double high,
      ToDoubleFunction<Months.Month> value,
      String colour,
      int width) {
    StringBuilder points = new StringBuilder();
    for (int i = 0; i < months.size(); i++) {
      double at = value.applyAsDouble(months.get(i));
      if (!Double.isNaN(at)) {
        points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(i), y(top, at, low, high)));
        add(
            "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"%s\"/>",
            x(i), y(top, at, low, high), 1.6 + width / 2.0, colour);
      }
    }
    add(
        "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"%d\"/>",
        points.toString().strip(), colour, width);
  }

  private void monthNames(int y) {
    int every = Math.max(1, (months.size() + 11) / 12);
    for (int i = 0; i < months.size(); i += every) {
      add(
          "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
          x(i), y, months.get(i).month());
    }
  }

  /** Months without requests take no room. */
  private double x(int index) {
    double room = (double) (WIDTH - LEFT - RIGHT) / months.size();
    return LEFT + room * (index + 0.5);
  }

  private double x(long timeMs) {
    var time = Instant.ofEpochMilli(timeMs).atOffset(ZoneOffset.UTC);
    YearMonth month = YearMonth.from(time);
    double room = (double) (WIDTH - LEFT - RIGHT) / months.size();
    for (int i = 0; i < months.size(); i++) {
      if (!months.get(i).month().isBefore(month)) {
        double share =
            months.get(i).month().equals(month)
                ? (time.getDayOfMonth() - 1.0) / month.lengthOfMonth()
                : 0;
        return LEFT + room * (i + share);
      }
    }
    return WIDTH - RIGHT;
  }

  private static double y(int top, double value, double low, double high) {
    return top + PANEL * (1 - (value - low) / (high - low));
  }

  private static double step(double span) {
    for (double step : new double[] {0.01, 0.02, 0.05, 0.1, 0.2}) {
      if (span / step <= 7) {
        return step;
      }
    }
    return 0.5;
  }

  private void add(String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
