package io.millrace.server;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.feature.loop.ModelControl;
import io.millrace.inference.model.ModelBundle;
import io.millrace.inference.model.ModelRepository;
import io.millrace.schema.ConfluentSchemaRegistry;
import io.millrace.server.retrain.ControlTopic;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code millrace models}: the versions of a model, and which of them is champion in the registry.
 */
@Command(
    name = "models",
    description = "Show the versions of a model, and say which one serves.",
    footer = {
      "",
      "Example:",
      "  millrace models --models models --model delay list",
      "  millrace models --models models --model delay --bootstrap HOST:PORT --registry URL rollback"
    })
final class ModelsCommand implements Runnable {
  private static final String BY_HAND = "by hand";

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

  @Option(
      names = "--bootstrap",
      paramLabel = "HOST:PORT",
      description =
          "A Kafka broker: promote and rollback then tell the running jobs, which swap within a"
              + " second. Without it only the registry changes, for jobs that start later.")
  private Optional<String> bootstrap = Optional.empty();

  @Option(
      names = "--registry",
      paramLabel = "URL",
      description = "The schema registry; goes with --bootstrap.")
  private Optional<String> registry = Optional.empty();

  @Option(
      names = "--store",
      paramLabel = "DIR",
      description =
          "The root of an offline store: its audit log notes who promoted or rolled back.")
  private Optional<Path> store = Optional.empty();

  @Option(names = "--json", description = "Print JSON, one object a line.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "Name a command: " + String.join(", ", spec.subcommands().keySet()));
  }

  @Command(name = "list", description = "All versions, the oldest first.")
  int list() {
    ModelRepository repository = repository();
    repository.versions(model).forEach(version -> print(repository, version));
    return 0;
  }

  @Command(name = "show", description = "One version, and what the gates said of it.")
  int show(@Parameters(paramLabel = "VERSION") int version) {
    ModelRepository repository = repository();
    print(repository, version);
    if (!json) {
      repository.verdicts(model, version).ifPresent(out()::println);
    }
    return 0;
  }

  @Command(name = "promote", description = "Make a version champion.")
  int promote(@Parameters(paramLabel = "VERSION") int version) throws InterruptedException {
    ModelRepository repository = repository();
    // Loaded first: what does not score its golden rows never becomes champion.
    repository.load(model, version).close();
    boolean tells = tellsJobs();
    Audit.note(store, "models promote", Map.of("model", model, "version", version));
    if (tells) {
      try (ControlTopic control = control()) {
        int champion = repository.champion(model).orElse(version);
        ModelControl staged = control.stage(model, champion, version, BY_HAND);
        control.activate(model, staged.epoch(), BY_HAND);
      }
    }
    repository.promote(model, version);
    print(repository, version);
    return 0;
  }

  @Command(name = "rollback", description = "Make the previous champion champion again.")
  int rollback() throws InterruptedException {
    ModelRepository repository = repository();
    boolean tells = tellsJobs();
    Audit.note(
        store,
        "models rollback",
        Map.of("model", model, "from", repository.champion(model).orElse(0)));
    int champion;
    if (tells) {
      try (ControlTopic control = control()) {
        champion = control.rollback(model, BY_HAND).champion();
        repository.promote(model, champion);
      }
    } else {
      champion = repository.rollback(model);
    }
    print(repository, champion);
    return 0;
  }

  private boolean tellsJobs() {
    if (bootstrap.isPresent() != registry.isPresent()) {
      throw new ParameterException(
          spec.commandLine(), "--bootstrap and --registry go together; give both or none");
    }
    return bootstrap.isPresent();
  }

  private ControlTopic control() throws InterruptedException {
    return ControlTopic.open(
        bootstrap.orElseThrow(),
        new ConfluentSchemaRegistry(registry.orElseThrow(), Map.of()),
        InstantSource.system());
  }

  private ModelRepository repository() {
    ModelRepository repository = new ModelRepository(folder);
    if (repository.versions(model).isEmpty()) {
      throw new IllegalArgumentException(
          "%s has no model %s; it has %s".formatted(folder, model, repository.models()));
    }
    return repository;
  }

  private void print(ModelRepository repository, int version) {
    ModelBundle bundle = repository.bundle(model, version);
    List<String> roles = new ArrayList<>();
    role(roles, "champion", repository.champion(model), version);
    role(roles, "challenger", repository.challenger(model), version);
    role(roles, "previous", repository.previous(model), version);
    boolean monitored = repository.profile(model, version).isPresent();
    if (json) {
      ObjectNode node = new ObjectMapper().createObjectNode();
      node.put("model", model).put("version", version);
      node.put("createdAt", bundle.createdAt().toString());
      roles.forEach(node.putArray("roles")::add);
      node.put("auc", bundle.metrics().model().auc());
      node.put("logLoss", bundle.metrics().model().logLoss());
      node.put("monitored", monitored).put("requestId", bundle.lineage().requestId());
      out().println(node);
      return;
    }
    out()
        .println(
            String.format(
                    Locale.ROOT,
                    "%4d  %s  AUC %.4f  log-loss %.4f  %s%s",
                    version,
                    bundle.createdAt(),
                    bundle.metrics().model().auc(),
                    bundle.metrics().model().logLoss(),
                    String.join(", ", roles),
                    monitored ? "" : "  (no profile: not monitored)")
                .stripTrailing());
  }

  private static void role(List<String> roles, String role, OptionalInt holder, int version) {
    if (holder.isPresent() && holder.getAsInt() == version) {
      roles.add(role);
    }
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
