package io.millrace.server;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.feature.Definitions;
import io.millrace.feature.FeatureService;
import io.millrace.feature.definition.DefinitionException;
import io.millrace.feature.erasure.Subject;
import io.millrace.offline.OfflineException;
import io.millrace.offline.erasure.SignedReceipt;
import io.millrace.offline.snapshot.StorePlace;
import io.millrace.schema.ConfluentSchemaRegistry;
import io.millrace.server.erase.EraseRequest;
import io.millrace.server.erase.EraseRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code millrace erase}: removes a subject, with a receipt. */
@Command(
    name = "erase",
    description = "Remove a subject from state, stores and logs, and write a signed receipt.",
    footer = {
      "",
      "The feature jobs of the services must run: they refuse the subject, drop its state and say so"
          + " with their checkpoints. So must backfills whose checkpoints are there. Ends with 1 if something that can be reached remains; the same"
          + " call goes on.",
      "",
      "Example:",
      "  millrace erase --definitions feature-definitions/flights --entity tail_num=N14228 \\",
      "    --store .millrace/demo-nyc/offline --online rocksdb:.millrace/demo-nyc/online \\",
      "    --bootstrap 127.0.0.1:9092 --registry http://127.0.0.1:8081 --requested-by ann --reason \"#17\"",
      "  millrace erase --store .millrace/demo-nyc/offline verify 5a1c0e2e-7d8b-4f7e-9b5e-0c3f1a2b4d6e",
      "",
      "A store elsewhere, such as s3://bucket/offline, is reached as \"millrace offline --help\" says."
    })
final class EraseCommand implements Callable<Integer>, StoreCommand {
  private static final String ROCKS_DB = "rocksdb:";

  @Option(names = "--definitions", paramLabel = "DIR", description = "The definition files.")
  private Path folder;

  @Option(
      names = "--entity",
      paramLabel = "COLUMN=VALUE",
      description = "Whom: a key column of a view and its value.")
  private String entity;

  @Option(
      names = "--store",
      paramLabel = "DIR|URI",
      description = "The root of the offline store; elsewhere a URI such as s3://bucket/offline.")
  private String offline;

  @Option(
      names = "--online",
      paramLabel = "STORE",
      description = "The online store: rocksdb:DIR or redis:HOST:PORT[,HOST:PORT].")
  private Optional<String> online = Optional.empty();

  @Option(
      names = "--online-set",
      paramLabel = "KEY=VALUE",
      description = "A setting of the online store, such as online.redis.layout=feast.")
  private Map<String, String> onlineSettings = Map.of();

  @Option(names = "--bootstrap", paramLabel = "HOST:PORT", description = "The Kafka broker.")
  private String kafka;

  @Option(names = "--registry", paramLabel = "URL", description = "The schema registry.")
  private String registry;

  @Option(
      names = "--service",
      paramLabel = "NAME",
      description = "A service whose job runs; may be repeated. Default: all of the definitions.")
  private List<String> services = List.of();

  @Option(
      names = "--monitored",
      description =
          "The services' monitoring jobs run too: they must obey as well, and drop the subject's"
              + " open predictions.")
  private boolean monitored;

  @Option(
      names = "--checkpoints",
      paramLabel = "DIR",
      description =
          "A folder of the jobs' checkpoints or of savepoints; may be repeated. Those in it that are"
              + " older than the erasure may have the subject: as long as there are some, it is"
              + " incomplete and they are named.")
  private List<Path> checkpoints = List.of();

  @Option(
      names = "--until",
      paramLabel = "INSTANT",
      converter = InstantConverter.class,
      description =
          "Refuse for ever what happened up to then, however late it comes. Default: now. What is in"
              + " a topic by now is refused anyhow.")
  private Optional<Instant> until = Optional.empty();

  @Option(
      names = "--requested-by",
      paramLabel = "WHO",
      description = "Who asks. Default: the user.")
  private String requestedBy = System.getProperty("user.name");

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      description = "Why; without the subject's value.")
  private String reason = "";

  @Option(
      names = "--wait",
      paramLabel = "PERIOD",
      defaultValue = "PT2M",
      description =
          "How long to wait for each of three answers of the jobs, each a checkpoint or two. Default:"
              + " ${DEFAULT-VALUE}.")
  private Duration wait;

  @Option(
      names = "--receipt",
      paramLabel = "FILE",
      description = "Where the receipt goes. Default: _erasure/receipts of the offline store.")
  private Optional<Path> receipt = Optional.empty();

  @Mixin private DefinitionOptions definitions;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws DefinitionException, InterruptedException, IOException {
    require(folder, "--definitions");
    require(entity, "--entity");
    require(offline, "--store");
    require(kafka, "--bootstrap");
    require(registry, "--registry");
    int equals = entity.indexOf('=');
    if (equals < 1) {
      throw misuse("--entity is COLUMN=VALUE, such as tail_num=N14228, but it is " + entity);
    }
    Definitions all = definitions.load(folder);
    Subject subject;
    try {
      subject =
          EraseRequest.subject(all, entity.substring(0, equals), entity.substring(equals + 1));
      services.forEach(all::service);
    } catch (IllegalArgumentException e) {
      throw misuse("--entity: " + e.getMessage());
    }
    if (names(reason, subject) || names(requestedBy, subject)) {
      throw misuse("--reason and --requested-by are kept for ever: leave the subject's value out");
    }
    StorePlace store = StoreCommand.place(offline);
    requireWritable(store);
    if (online.isPresent()
        && online.get().startsWith(ROCKS_DB)
        && !Files.isDirectory(Path.of(online.get().substring(ROCKS_DB.length())))) {
      throw misuse("--online " + online.get() + " names no folder; mend the path");
    }
    for (Path checkpoint : checkpoints) {
      if (!Files.isDirectory(checkpoint)) {
        throw misuse("--checkpoints " + checkpoint + " is no folder; mend the path");
      }
    }
    PrintWriter err = spec.commandLine().getErr();
    EraseRun run =
        new EraseRun(
            store,
            all,
            kafka,
            new ConfluentSchemaRegistry(registry, Map.of()),
            online.map(text -> OnlineArgument.settings(text, onlineSettings, spec)),
            InstantSource.system(),
            line -> err.println("erase: " + line));
    List<String> named =
        services.isEmpty() ? all.services().stream().map(FeatureService::name).toList() : services;
    EraseRun.Result result =
        run.run(
            new EraseRequest(
                subject,
                EraseRequest.sourcesOf(all, subject),
                named,
                jobs(named),
                checkpoints,
                until.orElseGet(Instant::now),
                requestedBy,
                reason,
                wait));
    String signed = SignedReceipt.sign(store, result.receipt());
    print(result, kept(store, result.id(), signed));
    return result.complete() ? 0 : Millrace.FAILED;
  }

  @Override
  public Optional<String> storeRoot() {
    return Optional.ofNullable(offline);
  }

  private static void requireWritable(StorePlace store) {
    if (!store.isFolder()) {
      store.tables(); // Of none an error says so.
      store.exclusive("_erasure");
    } else if (!Files.isDirectory(Path.of(store.root()))
        || !Files.isWritable(Path.of(store.root()))) {
      throw new OfflineException(
          "there is no offline store at "
              + store.root()
              + " that can be written; mend the path or give the right; nothing was erased");
    }
  }

  /** Where the receipt went. */
  private String kept(StorePlace store, String id, String signed) throws IOException {
    if (receipt.isEmpty()) {
      return SignedReceipt.keep(store, id, signed);
    }
    Path file = receipt.get();
    if (file.toAbsolutePath().getParent() != null) {
      Files.createDirectories(file.toAbsolutePath().getParent());
    }
    Files.writeString(file, signed);
    return file.toString();
  }

  private List<String> jobs(List<String> named) {
    List<String> jobs = new ArrayList<>();
    named.forEach(service -> jobs.add("features " + service));
    if (monitored) {
      named.forEach(service -> jobs.add(EraseRequest.monitorOf(service)));
    }
    return jobs;
  }

  /** Whether a text has the subject's value as a word. */
  private static boolean names(String text, Subject subject) {
    return Pattern.compile(
            "(?<![\\p{L}\\p{N}])" + Pattern.quote(subject.value()) + "(?![\\p{L}\\p{N}])")
        .matcher(text)
        .find();
  }

  private void print(EraseRun.Result result, String file) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(result.receipt().path("result").asText() + "; the receipt is " + file);
    for (JsonNode table : result.receipt().path("tables")) {
      out.printf(
          "  %s: %s rows, snapshot %s to %s%n",
          table.path("table").asText(),
          table.path("rows").asText(),
          table.path("snapshot-before").asText(),
          table.path("snapshot-after").asText());
    }
    for (JsonNode line : result.receipt().path("remains")) {
      out.printf(
          "  remains: %s in %s until %s%n",
          line.path("what").asText(), line.path("where").asText(), line.path("until").asText());
    }
  }

  @Command(name = "verify", description = "Check that the store signed a receipt, and show it.")
  int verify(
      @Parameters(
              paramLabel = "RECEIPT",
              description = "The receipt's file; of one that --store keeps the erasure's id.")
          String receipt,
      @Option(
              names = "--key",
              paramLabel = "FILE",
              description =
                  "The store's public key: _erasure/receipt-key.pub below its root. Not with --store.")
          Optional<Path> key) {
    if (key.isPresent() == (offline != null)) {
      throw misuse(
          "give the receipt's file and --key FILE, or --store before \"verify\" and the id of the"
              + " erasure");
    }
    JsonNode right =
        key.isPresent()
            ? SignedReceipt.verify(Path.of(receipt), key.get())
            : SignedReceipt.verify(StoreCommand.place(offline), receipt);
    spec.commandLine().getOut().println(right.toPrettyString());
    return 0;
  }

  private void require(Object value, String option) {
    if (value == null) {
      throw misuse(option + " is missing");
    }
  }

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
