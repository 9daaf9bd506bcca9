package io.millrace.server.demo;

import io.millrace.inference.model.ModelBundle;
import io.millrace.inference.model.ModelRepository;
import io.millrace.inference.train.TrainingException;
import io.millrace.inference.train.TrainingListener;
import io.millrace.server.Terminal;
import io.millrace.server.platform.WorkFolder;
import io.millrace.server.train.ModelTraining;
import io.millrace.server.train.TrainingReport;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Locale;

/** The first model: trained now, or by an earlier run from the same definitions. */
final class FirstModel {
  static final int VERSION = 1;

  private final DemoOptions options;
  private final Terminal terminal;
  private final InstantSource clock;

  FirstModel(DemoOptions options, Terminal terminal, InstantSource clock) {
    this.options = options;
    this.terminal = terminal;
    this.clock = clock;
  }

  ModelBundle of(DemoStage stage) throws IOException, InterruptedException, TrainingException {
    Path models = stage.work().folder("models");
    ModelRepository repository = new ModelRepository(models);
    String hash = stage.definitions().hash();
    if (repository.versions(DemoStage.MODEL).contains(VERSION)) {
      ModelBundle known = repository.bundle(DemoStage.MODEL, VERSION);
      if (options.resume()) {
        return known;
      }
      if (known.lineage().definitionsHash().equals(hash)
          && repository.profile(DemoStage.MODEL, VERSION).isPresent()) {
        forgetLater(stage.work(), models);
        repository.promote(DemoStage.MODEL, VERSION);
        terminal.line("model " + DemoStage.MODEL + " version " + VERSION + " from an earlier run");
        return known;
      }
      stage.work().clear("models");
    }
    DemoData data = options.data();
    terminal.line(
        "training the model on the requests from " + data.trainFrom() + " to " + data.trainTo());
    ModelTraining training =
        new ModelTraining(
            stage.definitions(),
            hash,
            DemoStage.SERVICE,
            stage.sources(),
            DemoStage.MODEL,
            data.trainFrom(),
            data.trainTo(),
            data.evaluateTo());
    ModelTraining.Trained trained =
        training.run(
            models,
            stage.work().folder("training"),
            events ->
                terminal.progress(
                    String.format(Locale.ROOT, "training set: %,d events read", events)),
            progress(),
            clock);
    TrainingReport.of(trained).lines().forEach(terminal::line);
    repository.promote(DemoStage.MODEL, trained.bundle().version());
    return trained.bundle();
  }

  /** A new run begins with the first model alone; what earlier runs made of it goes. */
  private static void forgetLater(WorkFolder work, Path models) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(models.resolve(DemoStage.MODEL))) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        if (Files.isRegularFile(file)) {
          Files.delete(file);
        } else if (!name.equals(Integer.toString(VERSION))) {
          work.clear("models/" + DemoStage.MODEL + "/" + name);
        }
      }
    }
  }

  private TrainingListener progress() {
    return new TrainingListener() {
      @Override
      public void step(String name) {
        terminal.progress("training: " + name);
      }

      @Override
      public void round(int round, int rounds, double logLoss, double auc) {
        terminal.progress(
            String.format(
                Locale.ROOT, "training: tree %d of at most %d, AUC %.4f", round, rounds, auc));
      }
    };
  }
}
