package io.millrace.inference.model;

import io.millrace.inference.onnx.OnnxRefusedException;
import io.millrace.inference.onnx.Predictor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The folder of all models.
 *
 * <pre>
 * ROOT/delay/1/model.onnx bundle.json golden.parquet profile.json
 *           /2/...
 *           /champion          the version that scores, as text
 *           /previous          the version that scored before it
 *           /challenger        the version that is to follow it
 *           /verdicts/2.json   what the gates said of version 2
 * </pre>
 *
 * <p>A version appears complete or not at all, and is never changed afterwards; {@code
 * profile.json} may be missing in versions of old. Each file is replaced in one step, so that a
 * reader sees a whole one. Thread-safe, also between processes; of two processes that promote at
 * once the last one's champion stays.
 */
public final class ModelRepository {
  static final String ONNX = "model.onnx";
  static final String BUNDLE = "bundle.json";
  static final String PROFILE = "profile.json";
  private static final String CHAMPION = "champion";
  private static final String CHALLENGER = "challenger";
  private static final String PREVIOUS = "previous";
  private static final String VERDICTS = "verdicts";

  private final Path root;

  /**
   * @param root made when the first model is saved
   */
  public ModelRepository(Path root) {
    this.root = root;
  }

  public Path root() {
    return root;
  }

  /** The names of all models, in their order. */
  public List<String> models() {
    return names(root);
  }

  /** The versions of a model, from 1 up; empty if there is no such model. */
  public List<Integer> versions(String model) {
    return names(root.resolve(requireName(model))).stream()
        .filter(name -> name.matches("[1-9][0-9]{0,8}"))
        .map(Integer::valueOf)
        .sorted()
        .toList();
  }

  public OptionalInt latest(String model) {
    return versions(model).stream().mapToInt(Integer::intValue).max();
  }

  /** The version that scores; empty if none was promoted. */
  public OptionalInt champion(String model) {
    return alias(model, CHAMPION);
  }

  /** The version that is to become champion, as while it shadows; empty if there is none. */
  public OptionalInt challenger(String model) {
    return alias(model, CHALLENGER);
  }

  /** The version that was champion before; empty if there was none. */
  public OptionalInt previous(String model) {
    OptionalInt previous = alias(model, PREVIOUS);
    // A process that ended between the two files of a promotion leaves both alike.
    return previous.equals(champion(model)) ? OptionalInt.empty() : previous;
  }

  private OptionalInt alias(String model, String alias) {
    Path file = root.resolve(requireName(model)).resolve(alias);
    try {
      return OptionalInt.of(Integer.parseInt(Files.readString(file).strip()));
    } catch (NoSuchFileException e) {
      return OptionalInt.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NumberFormatException e) {
      throw new ModelRefusedException(file + " holds no version number: " + e.getMessage(), e);
    }
  }

  /**
   * Makes a version the one that scores; the champion until now becomes the previous one. Does
   * nothing if it is champion already.
   *
   * @throws ModelRefusedException if there is no such version; nothing has changed then
   */
  public synchronized void promote(String model, int version) {
    requireVersion(model, version);
    OptionalInt champion = champion(model);
    if (champion.isPresent() && champion.getAsInt() != version) {
      point(model, PREVIOUS, champion.getAsInt());
    }
    point(model, CHAMPION, version);
    if (challenger(model).equals(OptionalInt.of(version))) {
      withdraw(model);
    }
  }

  /**
   * Makes the previous version champion again, and the champion the previous one.
   *
   * @return the version that is champion now
   * @throws ModelRefusedException if there is no previous version; nothing has changed then
   */
  public synchronized int rollback(String model) {
    int previous =
        previous(model)
            .orElseThrow(
                () ->
                    new ModelRefusedException(
                        "%s has no previous version of model %s to go back to; promote one of %s"
                            .formatted(root, model, versions(model))));
    requireVersion(model, previous);
    int champion = champion(model).orElseThrow();
    point(model, CHAMPION, previous);
    point(model, PREVIOUS, champion);
    return previous;
  }

  /**
   * Makes a version the challenger.
   *
   * @throws ModelRefusedException if there is no such version
   */
  public synchronized void challenge(String model, int version) {
    requireVersion(model, version);
    point(model, CHALLENGER, version);
  }

  /** Leaves the model without a challenger. */
  public synchronized void withdraw(String model) {
    try {
      Files.deleteIfExists(root.resolve(requireName(model)).resolve(CHALLENGER));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void point(String model, String alias, int version) {
    replace(root.resolve(model).resolve(alias), version + "\n");
  }

  private static void replace(Path file, String text) {
    Path draft = file.resolveSibling("." + file.getFileName() + "-" + UUID.randomUUID());
    try {
      Files.createDirectories(file.getParent());
      try {
        Files.writeString(draft, text, StandardCharsets.UTF_8);
        Files.move(
            draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(draft);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(file + " could not be written", e);
    }
  }

  /**
   * Keeps what the gates said of a version, in place of what they said before.
   *
   * @param json as {@link #verdicts} returns it
   * @throws ModelRefusedException if there is no such version
   */
  public void saveVerdicts(String model, int version, String json) {
    requireVersion(model, version);
    replace(verdictsFile(model, version), json);
  }

  /** What the gates said of a version, as JSON; empty if it was not held against them. */
  public Optional<String> verdicts(String model, int version) {
    requireVersion(model, version);
    return text(verdictsFile(model, version));
  }

  private Path verdictsFile(String model, int version) {
    return root.resolve(model).resolve(VERDICTS).resolve(version + ".json");
  }

  /**
   * The reference profile of a version, as JSON; empty if it was saved without one, so that it
   * cannot be monitored.
   */
  public Optional<String> profile(String model, int version) {
    requireVersion(model, version);
    return text(folder(model, version).resolve(PROFILE));
  }

  private static Optional<String> text(Path file) {
    try {
      return Optional.of(Files.readString(file));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The folder of a version, whether or not it exists. */
  public Path folder(String model, int version) {
    return root.resolve(requireName(model)).resolve(Integer.toString(version));
  }

  /** Saves a new version that has no reference profile, so that it cannot be monitored. */
  public ModelBundle save(ModelBundle draft, byte[] onnx, GoldenRows golden) {
    return save(draft, onnx, golden, Optional.empty());
  }

  /**
   * Saves a new version under the next free number.
   *
   * @param draft its version and hash are replaced by the true ones
   * @param profileJson what the monitor compares the stream with
   * @return the bundle as it was saved
   */
  public ModelBundle save(ModelBundle draft, byte[] onnx, GoldenRows golden, String profileJson) {
    return save(draft, onnx, golden, Optional.of(profileJson));
  }

  private ModelBundle save(
      ModelBundle draft, byte[] onnx, GoldenRows golden, Optional<String> profileJson) {
    Path models = root.resolve(draft.name());
    ModelBundle hashed =
        new ModelBundle(
            draft.name(),
            draft.version(),
            draft.createdAt(),
            sha256(onnx),
            draft.encoder(),
            draft.lineage(),
            draft.metrics());
    Path folder = models.resolve(".draft-" + UUID.randomUUID());
    try {
      Files.createDirectories(folder);
      try {
        Files.write(folder.resolve(ONNX), onnx);
        golden.write(folder.resolve(GoldenRows.FILE), draft.encoder().vector());
        if (profileJson.isPresent()) {
          Files.writeString(folder.resolve(PROFILE), profileJson.get(), StandardCharsets.UTF_8);
        }
        return publish(hashed, folder);
      } finally {
        delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("model " + draft.name() + " could not be saved", e);
    }
  }

  /** Another process may take the same number; the rename decides, and the loser takes the next. */
  private ModelBundle publish(ModelBundle draft, Path folder) throws IOException {
    while (true) {
      ModelBundle bundle = draft.withVersion(latest(draft.name()).orElse(0) + 1);
      Path target = folder(bundle.name(), bundle.version());
      String json = BundleJson.write(bundle);
      Files.writeString(folder.resolve(BUNDLE), json, StandardCharsets.UTF_8);
      try {
        Files.move(folder, target, StandardCopyOption.ATOMIC_MOVE);
        return BundleJson.read(json);
      } catch (AtomicMoveNotSupportedException e) {
        throw e;
      } catch (FileSystemException e) {
        if (!Files.exists(target)) {
          throw e;
        }
      }
    }
  }

  /** What is known about a version, without loading it. */
  public ModelBundle bundle(String model, int version) {
    requireVersion(model, version);
    Path folder = folder(model, version);
    try {
      ModelBundle bundle = BundleJson.read(Files.readString(folder.resolve(BUNDLE)));
      if (!bundle.name().equals(model) || bundle.version() != version) {
        throw new ModelRefusedException(
            "%s says it is %s version %d; a bundle must stay in the folder it was saved in"
                .formatted(folder, bundle.name(), bundle.version()));
      }
      return bundle;
    } catch (IOException e) {
      throw new ModelRefusedException(folder + " is incomplete: " + e.getMessage(), e);
    } catch (ModelRefusedException e) {
      throw new ModelRefusedException(folder + ": " + e.getMessage(), e);
    }
  }

  /**
   * Loads a version after proving that it is the one that was saved: the hash of {@code
   * model.onnx}, the static scan, the number of inputs, and the golden rows' scores to within
   * {@link LoadedModel#GOLDEN_TOLERANCE}.
   *
   * @throws ModelRefusedException saying what does not hold
   */
  public LoadedModel load(String model, int version) {
    ModelBundle bundle = bundle(model, version);
    Path folder = folder(model, version);
    try {
      byte[] onnx = Files.readAllBytes(folder.resolve(ONNX));
      String hash = sha256(onnx);
      if (!hash.equals(bundle.onnxSha256())) {
        throw new ModelRefusedException(
            "model.onnx has the SHA-256 %s, but bundle.json says %s: it was changed or damaged"
                .formatted(hash, bundle.onnxSha256()));
      }
      GoldenRows golden =
          GoldenRows.read(folder.resolve(GoldenRows.FILE), bundle.encoder().vector());
      return LoadedModel.verified(bundle, Predictor.load(onnx), golden);
    } catch (IOException e) {
      throw new ModelRefusedException(folder + " is incomplete: " + e.getMessage(), e);
    } catch (ModelRefusedException | OnnxRefusedException | IllegalArgumentException e) {
      throw new ModelRefusedException(folder + ": " + e.getMessage(), e);
    }
  }

  private void requireVersion(String model, int version) {
    if (!Files.isDirectory(folder(model, version))) {
      throw new ModelRefusedException(
          "%s has no version %d of model %s; it has %s"
              .formatted(root, version, model, versions(model)));
    }
  }

  private static String requireName(String model) {
    if (!model.matches(ModelBundle.NAME)) {
      throw new ModelRefusedException("'" + model + "' is no model's name");
    }
    return model;
  }

  private static List<String> names(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(Files::isDirectory)
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.startsWith("."))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
