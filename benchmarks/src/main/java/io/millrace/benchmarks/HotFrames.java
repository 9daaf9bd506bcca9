package io.millrace.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordingFile;

/**
 * Reads a flight recording as a table: where the threads of the job's tasks were when they were
 * sampled, in Java and in native code, and what they allocated. {@code jfr view} of later JDKs does
 * the like.
 */
public final class HotFrames {
  private static final int SHOWN = 45;
  private static final int FRAMES_OF_A_SITE = 4;

  private HotFrames() {}

  /**
   * @param arguments the recording, and optionally a part of the thread's name to keep to
   */
  public static void main(String[] arguments) throws IOException {
    String thread = arguments.length > 1 ? arguments[1] : "";
    List<RecordedEvent> events =
        RecordingFile.readAllEvents(Path.of(arguments[0])).stream()
            .filter(event -> event.getStackTrace() != null && threadOf(event).contains(thread))
            .toList();
    List<RecordedEvent> samples =
        events.stream()
            .filter(
                is("jdk.ExecutionSample")
                    .or(is("jdk.NativeMethodSample").and(HotFrames::isWorking)))
            .toList();
    Map<String, Double> threads = new HashMap<>();
    Map<String, Double> self = new HashMap<>();
    Map<String, Double> inclusive = new HashMap<>();
    for (RecordedEvent sample : samples) {
      List<RecordedFrame> frames = sample.getStackTrace().getFrames();
      threads.merge(threadOf(sample), 1.0, Double::sum);
      self.merge(name(frames.get(0)), 1.0, Double::sum);
      Set<String> seen = new HashSet<>();
      for (RecordedFrame frame : frames) {
        if (seen.add(name(frame))) {
          inclusive.merge(name(frame), 1.0, Double::sum);
        }
      }
    }
    print("threads, samples", threads);
    print("frames on top, samples", self);
    print("frames anywhere in the stack, samples", inclusive);
    Map<String, Double> classes = new HashMap<>();
    Map<String, Double> sites = new HashMap<>();
    events.stream()
        .filter(is("jdk.ObjectAllocationSample"))
        .forEach(
            sample -> {
              double bytes = sample.getLong("weight");
              classes.merge(sample.getClass("objectClass").getName(), bytes, Double::sum);
              sites.merge(site(sample), bytes, Double::sum);
            });
    print("allocated classes, bytes", classes);
    print("allocating sites, bytes", sites);
  }

  private static Predicate<RecordedEvent> is(String type) {
    return event -> event.getEventType().getName().equals(type);
  }

  /** Waiting for the network is native code too. */
  private static boolean isWorking(RecordedEvent sample) {
    String top = name(sample.getStackTrace().getFrames().get(0));
    return !top.contains("epoll") && !top.contains("EPoll") && !top.contains("accept");
  }

  private static String threadOf(RecordedEvent event) {
    var thread =
        event.hasField("sampledThread") ? event.getThread("sampledThread") : event.getThread();
    return thread == null || thread.getJavaName() == null ? "" : thread.getJavaName();
  }

  private static String name(RecordedFrame frame) {
    String type = frame.getMethod().getType().getName();
    return type.substring(type.lastIndexOf('.') + 1) + "." + frame.getMethod().getName();
  }

  private static String site(RecordedEvent sample) {
    StringBuilder site = new StringBuilder();
    List<RecordedFrame> frames = sample.getStackTrace().getFrames();
    for (int i = 0; i < Math.min(FRAMES_OF_A_SITE, frames.size()); i++) {
      site.append(i == 0 ? "" : " < ").append(name(frames.get(i)));
    }
    return site.toString();
  }

  private static void print(String title, Map<String, Double> weights) {
    double sum = weights.values().stream().mapToDouble(w -> w).sum();
    System.out.printf("%n%s%n", title);
    weights.entrySet().stream()
        .sorted(Map.Entry.<String, Double>comparingByValue(Comparator.reverseOrder()))
        .limit(SHOWN)
        .forEach(
            entry ->
                System.out.printf(
                    "%6.2f %%  %12.0f  %s%n",
                    // Of frames anywhere the sum is no whole; the greatest is.
                    100 * entry.getValue() / (title.contains("anywhere") ? max(weights) : sum),
                    entry.getValue(),
                    entry.getKey()));
  }

  private static double max(Map<String, Double> weights) {
    return weights.values().stream().mapToDouble(w -> w).max().orElse(1);
  }
}
