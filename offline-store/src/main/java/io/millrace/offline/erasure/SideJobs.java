package io.millrace.offline.erasure;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.offline.OfflineException;
import io.millrace.offline.snapshot.StoreFiles;
import io.millrace.offline.snapshot.StorePlace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Jobs that compute views of a store beside the jobs that serve, as {@code millrace backfill}
 * starts them. Each notes itself in {@code _erasure/jobs} before it runs, so that an erasure knows
 * of it, and is known as long as the folder of its checkpoints is there: what is in those is in the
 * job again when it goes on. Stateless.
 */
public final class SideJobs {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String FOLDER = OwnFiles.FOLDER + "/jobs";
  private static final String SUFFIX = ".json";
  private static final int NAME_DIGITS = 8;

  private SideJobs() {}

  /**
   * A job.
   *
   * @param name as it calls itself, as {@link #nameOf} makes it
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
  public static void note(StorePlace store, SideJob job) {
    ObjectNode node = JSON.createObjectNode().put("job", job.name());
    node.put("checkpoints", job.checkpoints().toString());
    node.put("host", host());
    node.put("definitions", job.definitions().toString());
    new TreeMap<>(job.variables()).forEach(node.putObject("variables")::put);
    byte[] content = node.toPrettyString().getBytes(StandardCharsets.UTF_8);
    StoreFiles files = store.files(FOLDER);
    // A job that begins again with other definitions has a note of both: it made rows by both.
    String name = hash(content) + SUFFIX;
    try {
      Files.createDirectories(job.checkpoints());
      files.create(name, content);
    } catch (IOException e) {
      throw new OfflineException(
          "the job cannot be noted at "
              + files.place()
              + "/"
              + name
              + " ("
              + e
              + "), and an erasure would not know of it; give the right to write there",
          e);
    }
  }

  /**
   * Those that may hold something, by name. Others are forgotten, by the machine that they ran on
   * if it alone sees their checkpoints.
   *
   * @throws OfflineException naming a note that cannot be read
   */
  public static List<SideJob> all(StorePlace store) {
    Set<SideJob> jobs = new LinkedHashSet<>();
    StoreFiles files = store.files(FOLDER);
    try {
      for (String name : files.list("").stream().sorted().toList()) {
        Optional<byte[]> note = name.endsWith(SUFFIX) ? files.read(name) : Optional.empty();
        if (note.isEmpty()) {
          continue; // a draft, or another has forgotten it
        }
        JsonNode node = read(files.place() + "/" + name, note.get());
        SideJob job = job(node);
        boolean here = store.isFolder() || node.path("host").asText().equals(host());
        if (!here || Files.isDirectory(job.checkpoints())) {
          jobs.add(job);
        } else {
          files.delete(name);
        }
      }
    } catch (IOException e) {
      throw new OfflineException(files.place() + " cannot be read: " + e, e);
    }
    return jobs.stream().sorted(Comparator.comparing(SideJob::name)).toList();
  }

  /**
   * How a job calls itself that computes views, so that it is told from others of the same.
   *
   * @param checkpoints the folder of its checkpoints
   */
  public static String nameOf(Collection<String> views, Path checkpoints) {
    String folder = checkpoints.toAbsolutePath().normalize().toString();
    return "views "
        + String.join(" ", views)
        + " #"
        + hash(folder.getBytes(StandardCharsets.UTF_8)).substring(0, NAME_DIGITS);
  }

  private static JsonNode read(String place, byte[] note) {
    try {
      JsonNode node = JSON.readTree(note);
      if (!node.path("job").isTextual()
          || !node.path("checkpoints").isTextual()
          || !node.path("definitions").isTextual()) {
        throw new IOException("it lacks job, checkpoints or definitions");
      }
      return node;
    } catch (IOException e) {
      throw new OfflineException(
          place
              + " cannot be read ("
              + e
              + "), so nobody knows of which job it is; mend it, or delete it if its job has"
              + " ended for good",
          e);
    }
  }

  private static SideJob job(JsonNode node) {
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

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "";
    }
  }

  private static String hash(byte[] content) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
