package io.millrace.offline.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.feature.Definitions;
import io.millrace.feature.definition.DefinitionException;
import io.millrace.feature.definition.DefinitionFiles;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The definitions that are applied, kept in the offline store.
 *
 * <pre>
 * ROOT/_definitions/1/...           the files, as they were applied first
 *                    /applied.json  when, and with which variables
 *                  /2/...           and then
 *                  /applied.json    which of them are, with their variables
 * </pre>
 *
 * <p>A folder appears complete or not at all and is never changed; {@code applied.json} is replaced
 * in one step. So a reader always sees whole definitions, and after a failure the ones before stay
 * applied. The history's data is not copied. Values of {@code --set} are kept as they are: they are
 * no place for secrets. Thread-safe, also between processes; of two that apply at once the last one
 * stays.
 */
public final class AppliedDefinitions {
  private static final String FOLDER = "_definitions";
  private static final String FILE = "applied.json";
  private static final int FORMAT = 1;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;

  public AppliedDefinitions(OfflineStore store) {
    this.folder = store.root().resolve(FOLDER);
  }

  /**
   * What is applied; empty if nothing was yet.
   *
   * @throws OfflineException if it cannot be read, naming the file and what mends it
   */
  public Optional<Applied> current() {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      JsonNode root = JSON.readTree(Files.readString(file));
      if (root.path("format").asInt() != FORMAT) {
        throw new OfflineException(
            file + " has format " + root.path("format") + ", but this version reads " + FORMAT);
      }
      int number = root.path("number").asInt();
      Path files = folder.resolve(Integer.toString(number));
      return Optional.of(read(root, number, files));
    } catch (DefinitionException e) {
      throw new OfflineException(
          "the definitions applied last, named by "
              + file
              + ", are refused by this version of Millrace; remove that file to begin anew: "
              + e.getMessage(),
          e);
    } catch (JsonProcessingException | DateTimeException e) {
      throw new OfflineException(
          file + " was edited or damaged; mend it, or remove it to begin anew: " + e.getMessage(),
          e);
    } catch (IOException e) {
      throw new OfflineException(file + " cannot be read: " + e, e);
    }
  }

  /**
   * What was applied before, the newest first. Those that this version of Millrace refuses, or
   * whose record is damaged, are left out.
   *
   * @throws OfflineException if the folder cannot be listed
   */
  public List<Applied> earlier() {
    List<Applied> earlier = new ArrayList<>();
    int newest = current().map(Applied::number).orElse(0);
    for (int number = newest - 1; number > 0; number--) {
      Path files = folder.resolve(Integer.toString(number));
      Path file = files.resolve(FILE);
      if (Files.exists(file)) {
        try {
          earlier.add(read(JSON.readTree(Files.readString(file)), number, files));
        } catch (DefinitionException | DateTimeException | IOException e) {
          continue;
        }
      }
    }
    return earlier;
  }

  private static Applied read(JsonNode root, int number, Path files)
      throws DefinitionException, IOException {
    Map<String, String> variables = new TreeMap<>();
    root.path("variables")
        .fields()
        .forEachRemaining(v -> variables.put(v.getKey(), v.getValue().asText()));
    return new Applied(
        number,
        Instant.parse(root.path("appliedAt").asText()),
        files,
        variables,
        DefinitionFiles.load(files, variables));
  }

  /**
   * Records definitions as applied; does nothing if the same files with the same variables are.
   *
   * @param from the folder of their files
   * @param definitions what those files and variables make
   * @return what is applied now, and whether it was before
   * @throws OfflineException if it cannot be written; what was applied stays so
   */
  public Recorded record(
      Path from, Map<String, String> variables, Definitions definitions, Instant now) {
    try {
      Map<String, String> texts = texts(from);
      Optional<Applied> before = current();
      if (before.isPresent()
          && before.get().variables().equals(variables)
          && texts(before.get().folder()).equals(texts)) {
        return new Recorded(before.get(), false);
      }
      Files.createDirectories(folder);
      ObjectNode root = JSON.createObjectNode();
      root.put("format", FORMAT).put("appliedAt", now.toString());
      root.put("definitionsHash", definitions.hash());
      ObjectNode set = root.putObject("variables");
      new TreeMap<>(variables).forEach(set::put);
      texts.put(FILE, root.toPrettyString() + "\n");
      int number = copy(texts);
      root.put("number", number);
      replace(folder.resolve(FILE), root.toPrettyString() + "\n");
      return new Recorded(
          new Applied(
              number, now, folder.resolve(Integer.toString(number)), variables, definitions),
          true);
    } catch (IOException e) {
      throw new OfflineException("definitions could not be recorded in " + folder + ": " + e, e);
    }
  }

  /**
   * The outcome of {@link #record}.
   *
   * @param isNew false if the same was applied already
   */
  public record Recorded(Applied applied, boolean isNew) {}

  private int copy(Map<String, String> texts) throws IOException {
    Path draft = folder.resolve(".draft-" + UUID.randomUUID());
    try {
      for (Map.Entry<String, String> text : texts.entrySet()) {
        Path file = draft.resolve(text.getKey());
        Files.createDirectories(file.getParent());
        Files.writeString(file, text.getValue());
      }
      // Another process may take the same number; the rename decides, and the loser takes the next.
      for (int number = 1; ; number++) {
        Path target = folder.resolve(Integer.toString(number));
        if (Files.exists(target)) {
          continue;
        }
        try {
          Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
          return number;
        } catch (FileSystemException e) {
          if (!Files.exists(target)) {
            throw e;
          }
        }
      }
    } finally {
      deleteAll(draft);
    }
  }

  private static void replace(Path file, String text) throws IOException {
    Path draft = file.resolveSibling(".draft-" + UUID.randomUUID());
    try {
      Files.writeString(draft, text);
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  /** Every definition and schema below a folder, but for those below a folder {@code data}. */
  private static Map<String, String> texts(Path folder) throws IOException {
    Map<String, String> texts = new TreeMap<>();
    List<Path> files;
    try (Stream<Path> found = Files.walk(folder)) {
      files = found.filter(Files::isRegularFile).toList();
    }
    for (Path file : files) {
      Path name = folder.relativize(file);
      if (name.toString().matches(".*\\.(ya?ml|avsc)") && !liesInData(name)) {
        texts.put(name.toString().replace('\\', '/'), Files.readString(file));
      }
    }
    return texts;
  }

  private static boolean liesInData(Path name) {
    for (Path part : name) {
      if (part.toString().equals("data")) {
        return true;
      }
    }
    return false;
  }

  private static void deleteAll(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    List<Path> files;
    try (Stream<Path> found = Files.walk(folder)) {
      files = found.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : files) {
      Files.delete(file);
    }
  }
}
