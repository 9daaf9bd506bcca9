package io.millrace.benchmarks.engine;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.openjdk.jmh.infra.Blackhole;

/**
 * {@code ./millrace bench engine-cpu [SECONDS [PATTERN]]}: the engine's main figures by the CPU
 * time of the thread, the least of some rounds each, and the bytes that it allocated. On a machine
 * that others use too, the clock of JMH tells how busy they are; this tells less of that. What ran
 * before in the process shapes what the compiler made: to compare two engines, name one case.
 */
public final class EngineCpuTime {
  private static final String BLACKHOLE =
      "Today's password is swordfish. I understand instantiating Blackholes directly is dangerous.";
  private static final int ROUNDS = 6;
  private static final int BATCH = 64;

  private EngineCpuTime() {}

  /**
   * @param arguments seconds of CPU time a round, and a regular expression that the names of the
   *     cases to measure contain; both optional
   */
  public static void main(String[] arguments) {
    double seconds = arguments.length > 0 ? Double.parseDouble(arguments[0]) : 0.5;
    Pattern pattern = Pattern.compile(arguments.length > 1 ? arguments[1] : "");
    Map<String, Supplier<KeyStates>> cases = new TreeMap<>();
    for (int features : new int[] {1, 20, 200}) {
      cases.put(
          "%03d features".formatted(features),
          () -> new KeyStates(Views.mixed(features), 100, 60_000, 1_000));
    }
    for (int events : new int[] {10, 100, 1_000, 9_000}) {
      cases.put(
          "exact window of %04d events, five features".formatted(events),
          () ->
              new KeyStates(
                  Views.fiveExact(Duration.ofHours(1)), 10, 3_600_000.0 / events, events + 10));
    }
    for (int tiles : new int[] {60, 1_440, 43_200}) {
      cases.put(
          "window of %05d tiles of a minute, five features".formatted(tiles),
          () ->
              new KeyStates(
                  Views.five(Duration.ofMinutes(tiles), Duration.ofMinutes(1)),
                  4,
                  60_000,
                  tiles + 10));
    }
    for (int tiles : new int[] {60, 1_440}) {
      cases.put(
          "window of %05d tiles of a minute, three features of a text".formatted(tiles),
          () ->
              new KeyStates(
                  Views.texts(Duration.ofMinutes(tiles), Duration.ofMinutes(1)),
                  4,
                  60_000,
                  tiles + 10));
    }
    for (int tiles : new int[] {60, 1_440, 43_200}) {
      for (String fold : Views.FOLDS.keySet()) {
        cases.put(
            "window of %05d tiles of a minute, %s".formatted(tiles, fold),
            () ->
                new KeyStates(
                    Views.fold(fold, Duration.ofMinutes(tiles), Duration.ofMinutes(1)),
                    4,
                    60_000,
                    tiles + 10));
      }
    }
    for (String length : new String[] {"PT1H", "P30D"}) {
      Duration window = Duration.parse(length);
      cases.put(
          "window of " + length + " in sixty tiles, five features",
          () ->
              new KeyStates(
                  Views.five(window, window.dividedBy(60)), 100, window.toMillis() / 240.0, 300));
    }
    System.out.println("| what | CPU ns an event | bytes allocated an event |\n|---|---|---|");
    cases.forEach(
        (name, states) -> {
          if (pattern.matcher(name).find()) {
            measure(name, states.get(), seconds);
          }
        });
  }

  private static void measure(String name, KeyStates states, double seconds) {
    Blackhole hole = new Blackhole(BLACKHOLE);
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    double least = Double.MAX_VALUE;
    double bytes = 0;
    for (int round = 0; round < ROUNDS; round++) {
      long startNs = threads.getCurrentThreadCpuTime();
      long startBytes = threads.getCurrentThreadAllocatedBytes();
      long events = 0;
      long nowNs = startNs;
      while (nowNs - startNs < seconds * 1e9) {
        for (int i = 0; i < BATCH; i++) {
          states.next(hole);
        }
        events += BATCH;
        nowNs = threads.getCurrentThreadCpuTime();
      }
      least = Math.min(least, (nowNs - startNs) / (double) events);
      bytes = (threads.getCurrentThreadAllocatedBytes() - startBytes) / (double) events;
    }
    System.out.printf(Locale.ROOT, "| %s | %.0f | %.0f |%n", name, least, bytes);
  }
}
