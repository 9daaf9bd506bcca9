package io.millrace.server;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.feature.loop.RetrainRequest;
import io.millrace.feature.loop.RetrainStatus;
import io.millrace.inference.model.ModelRepository;
import io.millrace.schema.ConfluentSchemaRegistry;
import io.millrace.server.retrain.LoopTopics;
import io.millrace.server.retrain.RetrainByHand;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code millrace retrain}: asks for a retraining by hand. */
@Command(
    name = "retrain",
    description =
        "Ask for a retraining: the worker trains, holds the candidate against the champion, rolls it out.",
    footer = {
      "",
      "Refused while another retraining of the model is under way, and where the same one has ended.",
      "With --wait it ends with 0 if the new version serves, and with 1 if not.",
      "",
      "Example:",
      "  millrace retrain --models models --model delay --bootstrap 127.0.0.1:9092 \\",
      "    --registry http://127.0.0.1:8081 --reason \"the weather feed is gone for good\" --wait"
    })
final class RetrainCommand implements Callable<Integer> {
  @Option(
      names = "--models",
      required = true,
      paramLabel = "DIR",
      description = "The model repository.")
  private Path folder;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "NAME",
      description = "The model's name.")
  private String model;

  @Mixin private KafkaFlags kafka;

  @Option(
      names = "--labels-until",
      paramLabel = "TIME",
      converter = InstantConverter.class,
      description =
          "Requests before this have all the labels they will get. Default: the end of the newest"
              + " pane whose performance was reported.")
  private Optional<Instant> labelsUntil = Optional.empty();

  @Option(names = "--reason", paramLabel = "TEXT", description = "Why; kept with the request.")
  private String reason = "";

  @Option(
      names = "--store",
      paramLabel = "DIR",
      description = "The root of an offline store: its audit log notes who asked.")
  private Optional<Path> store = Optional.empty();

  @Option(names = "--wait", description = "Follow the retraining to its end.")
  private boolean wait;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      defaultValue = "PT1H",
      description = "How long --wait waits. Default: ${DEFAULT-VALUE}.")
  private Duration timeout;

  @Option(names = "--json", description = "Print JSON, one object a line.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws InterruptedException {
    if (timeout.isNegative() || timeout.isZero()) {
      throw new ParameterException(
          spec.commandLine(), "--timeout is " + timeout + "; give a positive duration");
    }
    ModelRepository models = new ModelRepository(folder);
    if (models.versions(model).isEmpty()) {
      throw new IllegalArgumentException(
          "%s has no model %s; it has %s".formatted(folder, model, models.models()));
    }
    // The reason is free text, and the log is kept for ever; the request has it.
    Audit.note(store, "retrain", Map.of("model", model));
    PrintWriter err = spec.commandLine().getErr();
    RetrainByHand hand =
        new RetrainByHand(
            new LoopTopics(
                kafka.bootstrap(), new ConfluentSchemaRegistry(kafka.registry(), Map.of())),
            models,
            model,
            InstantSource.system(),
            err::println);
    RetrainRequest request = hand.ask(labelsUntil, reason);
    print(request);
    if (!wait) {
      return 0;
    }
    Optional<RetrainStatus> end = hand.await(request, timeout, this::print);
    if (end.isEmpty()) {
      err.println(
          "millrace: %s has not ended within %s; it goes on. See that a worker runs for %s."
              .formatted(request.id(), timeout, model));
    }
    boolean serves = end.map(s -> s.phase() == RetrainStatus.Phase.ACTIVATED).orElse(false);
    return serves ? 0 : Millrace.FAILED;
  }

  private void print(RetrainRequest request) {
    String until = Instant.ofEpochMilli(request.labelsCompleteUntilMs()).toString();
    if (json) {
      ObjectNode node = new ObjectMapper().createObjectNode();
      node.put("requestId", request.id()).put("model", request.model());
      node.put("championVersion", request.championVersion()).put("labelsUntil", until);
      out().println(node.put("reason", request.reason()));
      return;
    }
    out()
        .println(
            "%s: asked to train %s again, beside version %d, with labels until %s"
                .formatted(request.id(), request.model(), request.championVersion(), until));
  }

  private void print(RetrainStatus status) {
    if (json) {
      ObjectNode node = new ObjectMapper().createObjectNode();
      node.put("requestId", status.requestId()).put("phase", status.phase().name());
      node.put("candidateVersion", status.candidateVersion());
      out().println(node.put("detail", status.detail()));
      return;
    }
    out().println(status.phase() + ": " + status.detail());
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
