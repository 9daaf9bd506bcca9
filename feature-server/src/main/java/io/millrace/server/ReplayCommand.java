package io.millrace.server;

import io.millrace.feature.Definitions;
import io.millrace.feature.EventSource;
import io.millrace.feature.definition.DefinitionException;
import io.millrace.offline.history.HistoryRange;
import io.millrace.offline.history.MergedHistory;
import io.millrace.schema.ConfluentSchemaRegistry;
import io.millrace.server.replay.ReplayProgress;
import io.millrace.server.replay.ReplayResult;
import io.millrace.server.replay.Replayer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code millrace replay}: sends the past of event sources to their topics. */
@Command(
    name = "replay",
    description = "Send the past of event sources to their topics, paced by event time.",
    footer = {
      "",
      "Example:",
      "  millrace replay --definitions feature-definitions/flights --set dataset=nyc2013_2017 \\",
      "      --bootstrap 127.0.0.1:9092 --registry http://127.0.0.1:8081 --speed 3600x --events 100000"
    })
final class ReplayCommand implements Callable<Integer> {
  @Option(
      names = "--definitions",
      required = true,
      paramLabel = "DIR",
      description = "The folder with the definition files.")
  private Path folder;

  @Mixin private KafkaFlags kafka;

  @Option(
      names = "--speed",
      paramLabel = "SPEED",
      defaultValue = "3600x",
      converter = Speed.Converter.class,
      description = "Seconds of event time in one second, or max. Default: ${DEFAULT-VALUE}.")
  private Speed speed;

  @Option(names = "--events", paramLabel = "N", description = "End after so many events.")
  private Optional<Long> maxEvents = Optional.empty();

  @Option(
      names = "--sources",
      paramLabel = "NAME",
      split = ",",
      description = "The event sources to send. Default: all that have a history.")
  private List<String> sources = List.of();

  @Option(
      names = "--from",
      paramLabel = "TIME",
      converter = InstantConverter.class,
      description = "Send events of this time and later: 2022-03-01 or 2022-03-01T12:00:00Z.")
  private Optional<Instant> from = Optional.empty();

  @Option(
      names = "--to",
      paramLabel = "TIME",
      converter = InstantConverter.class,
      description = "Send events before this time.")
  private Optional<Instant> to = Optional.empty();

  @Mixin private DefinitionOptions definitions;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws DefinitionException, InterruptedException {
    HistoryRange range = range();
    Definitions all = definitions.load(folder);
    List<EventSource> chosen = chosen(all);
    try (MergedHistory past = MergedHistory.open(chosen, range);
        Terminal terminal = Terminal.of(spec.commandLine().getErr())) {
      ReplayResult result =
          Replayer.of(all, past)
              .sources(chosen.stream().map(EventSource::name).toList())
              .to(kafka.bootstrap(), new ConfluentSchemaRegistry(kafka.registry(), Map.of()))
              .speed(speed.factor())
              .progress(progress -> terminal.progress(describe(progress)))
              .run();
      terminal.close();
      spec.commandLine().getOut().println(describe(result));
    }
    return 0;
  }

  private HistoryRange range() {
    if (from.isPresent() && to.isPresent() && !from.get().isBefore(to.get())) {
      throw misuse("--from " + from.get() + " must be before --to " + to.get());
    }
    long events = maxEvents.orElse(Long.MAX_VALUE);
    if (events < 1) {
      throw misuse("--events must be 1 or more, but it is " + events);
    }
    HistoryRange all = HistoryRange.all().first(events);
    HistoryRange late = from.map(all::from).orElse(all);
    return to.map(late::until).orElse(late);
  }

  private List<EventSource> chosen(Definitions all) {
    if (sources.isEmpty()) {
      List<EventSource> known =
          all.sources().stream().filter(source -> source.history().isPresent()).toList();
      if (known.isEmpty()) {
        throw misuse("No event source in " + folder + " has a history; give one a history.path");
      }
      return known;
    }
    try {
      return sources.stream().distinct().map(all::source).toList();
    } catch (IllegalArgumentException e) {
      throw misuse("--sources: " + e.getMessage());
    }
  }

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private static String describe(ReplayProgress progress) {
    return String.format(
        Locale.ROOT,
        "%,d events, %,.0f/s, at %s",
        progress.events(),
        progress.eventsPerSecond(),
        progress.eventTime());
  }

  private static String describe(ReplayResult result) {
    if (result.first().isEmpty()) {
      return "no events in that range";
    }
    return String.format(
        Locale.ROOT,
        "%,d events from %s to %s in %.1f s: %s",
        result.total(),
        result.first().get(),
        result.last().orElseThrow(),
        result.elapsed().toMillis() / 1000.0,
        result.events());
  }
}
