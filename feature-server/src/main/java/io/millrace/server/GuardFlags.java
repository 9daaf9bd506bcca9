package io.millrace.server;

import io.millrace.inference.model.ModelRepository;
import io.millrace.server.guard.ApiTokens;
import io.millrace.server.guard.Guard;
import io.millrace.server.guard.GuardModule;
import io.millrace.server.guard.GuardOptions;
import io.millrace.server.infer.ScoringModels;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** Who may ask a server, over what and how much at once; and the models that it scores with. */
final class GuardFlags {
  private static final Duration LOOK_FOR_MODELS_EVERY = Duration.ofSeconds(1);

  @Option(
      names = "--tokens",
      paramLabel = "FILE",
      description =
          "Answer only callers who send Authorization: Bearer TOKEN with one of these, one a"
              + " line. Or give them, with commas, in the variable "
              + ApiTokens.VARIABLE
              + ".")
  private Optional<Path> tokens = Optional.empty();

  @Option(
      names = {"--insecure", "--trust-network"},
      description = "Listen at an address that others reach without asking for tokens.")
  private boolean insecure;

  @Option(
      names = "--tls-certificate",
      paramLabel = "FILE",
      description = "Speak TLS with this chain, PEM; read again when it changes.")
  private Optional<Path> certificate = Optional.empty();

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      description = "The certificate's key, PEM without a password.")
  private Optional<Path> key = Optional.empty();

  @Option(
      names = "--target-latency",
      paramLabel = "DURATION",
      defaultValue = "PT0.1S",
      description =
          "Turn requests away (429) when more than one of ten takes longer. Default:"
              + " ${DEFAULT-VALUE}.")
  private Duration targetLatency;

  @Option(
      names = "--models",
      paramLabel = "DIR",
      description = "Score over the Open Inference Protocol (/v2) with the models in this folder.")
  private Optional<Path> models = Optional.empty();

  @Spec(Target.MIXEE)
  private CommandSpec spec;

  /**
   * The guard as it was asked for.
   *
   * @param bind the address to listen at
   * @throws ParameterException if anybody on the network could ask, or if a file is none
   */
  GuardModule guard(String bind) {
    try {
      GuardOptions options =
          GuardOptions.open()
              .withAdmission(
                  targetLatency,
                  GuardOptions.open().leastAtOnce(),
                  GuardOptions.open().mostAtOnce());
      String variable = System.getenv(ApiTokens.VARIABLE);
      if (tokens.isPresent()) {
        options = options.withTokens(ApiTokens.ofFile(tokens.get()));
      } else if (variable != null && !variable.isBlank()) {
        options = options.withTokens(ApiTokens.ofText(variable, ApiTokens.VARIABLE));
      }
      if (certificate.isPresent() != key.isPresent()) {
        throw misuse("--tls-certificate and --tls-key belong together; give both");
      }
      if (certificate.isPresent()) {
        options = options.withTls(new GuardOptions.TlsFiles(certificate.get(), key.get()));
      }
      Guard.requireProtected(InetAddress.getByName(bind), options, insecure);
      return new GuardModule(
          options, path -> path.equals("/health") || path.startsWith("/health/"));
    } catch (UnknownHostException e) {
      throw misuse("--bind " + bind + " is no address of this machine");
    } catch (IllegalArgumentException | UncheckedIOException e) {
      throw misuse(e.getMessage());
    }
  }

  /** The models that the server scores with; the caller closes them. */
  Optional<ScoringModels> models() {
    return models.map(
        folder -> ScoringModels.watching(new ModelRepository(folder), LOOK_FOR_MODELS_EVERY));
  }

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
