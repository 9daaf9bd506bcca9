package io.millrace.offline.erasure;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Jobs that compute views of a store beside the jobs that serve, as {@code millrace backfill}
 * starts them. Each notes itself in {@code _erasure/jobs} before it runs, so that an erasure knows
 * of it, and is known as long as the folder of its checkpoints is there: what is in those is in the
 * job again when it goes on. Stateless.
 */
public final class SideJobs {
  private static final ObjectMapper JSON = new ObjectMapper();

  private SideJobs() {}

  /**
   * A job.
   *
   * @param name as it calls itself, such as {@code views card}
   * @param checkpoints the folder of its checkpoints, absolute
   * @param definitions the folder of its definition files, absolute
   * @param variables of the definition files
   */
  public record SideJob(
      String name, Path checkpoints, Path definitions, Map<String, String> variables) {
    public SideJob {
      checkpoints = checkpoints.toAbsolutePath().normalize();
      definitions = definitions.toAbsolutePath().normalize();
      variables = Map.copyOf(variables);
    }
  }

  /**
   * Notes a job that is about to run; the same once more changes nothing. Makes the folder of its
   * checkpoints if that is not there.
   *
   * @throws OfflineException if it cannot be noted: then it must not run
   */
  public static void note(OfflineStore store, SideJob job) {
    ObjectNode node = JSON.createObjectNode().put("job", job.name());
    node.put("checkpoints", job.checkpoints().toString());
    node.put("definitions", job.definitions().toString());
    new TreeMap<>(job.variables()).forEach(node.putObject("variables")::put);
    Path file = folder(store).resolve(idOf(job) + ".json");
    try {
      Files.createDirectories(job.checkpoints());
      Files.createDirectories(file.getParent());
      Path draft = file.resolveSibling("." + UUID.randomUUID());
      Files.writeString(draft, node.toPrettyString());
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new OfflineException(
          "the job cannot be noted at "
              + file
              + " ("
              + e
              + "), and an erasure would not know of it; give the right to write there",
          e);
    }
  }

  /**
   * Those that may hold something, by name. Others are forgotten.
   *
   * @throws OfflineException naming a note that cannot be read
   */
  public static List<SideJob> all(OfflineStore store) {
    List<SideJob> jobs = new ArrayList<>();
    for (Path file : notes(store)) {
      try {
        SideJob job = read(file);
        if (Files.isDirectory(job.checkpoints())) {
          jobs.add(job);
        } else {
          Files.deleteIfExists(file);
        }
      } catch (NoSuchFileException e) {
        // Another has forgotten it.
      } catch (IOException e) {
        throw new OfflineException(
            file
                + " cannot be read ("
                + e
                + "), so nobody knows of which job it is; mend it, or delete it if its job has"
                + " ended for good",
            e);
      }
    }
    jobs.sort((a, b) -> a.name().compareTo(b.name()));
    return jobs;
  }

  private static List<Path> notes(OfflineStore store) {
    if (!Files.isDirectory(folder(store))) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder(store))) {
      return files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    } catch (IOException e) {
      throw new OfflineException(folder(store) + " cannot be listed: " + e, e);
    }
  }

  private static SideJob read(Path file) throws IOException {
    JsonNode node = JSON.readTree(file.toFile());
    if (!node.path("job").isTextual()
        || !node.path("checkpoints").isTextual()
        || !node.path("definitions").isTextual()) {
      throw new IOException("it lacks job, checkpoints or definitions");
    }
    Map<String, String> variables = new TreeMap<>();
    node.path("variables")
        .properties()
        .forEach(field -> variables.put(field.getKey(), field.getValue().asText()));
    return new SideJob(
        node.path("job").asText(),
        Path.of(node.path("checkpoints").asText()),
        Path.of(node.path("definitions").asText()),
        variables);
  }

  private static Path folder(OfflineStore store) {
    return store.root().resolve(StoreSecret.FOLDER).resolve("jobs");
  }

  private static String idOf(SideJob job) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest((job.name() + '\0' + job.checkpoints()).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
