package io.millrace.server.plan;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.feature.definition.Problem;
import io.millrace.feature.plan.FeatureChange;
import io.millrace.feature.plan.ServiceChange;
import io.millrace.feature.plan.SourceChange;
import io.millrace.feature.plan.ViewChange;
import io.millrace.feature.plan.WindowWords;
import io.millrace.offline.plan.ViewSample;
import java.time.Instant;
import java.util.List;

/**
 * A plan for programs.
 *
 * <pre>{@code
 * {"breaking": false, "applied": 3, "sources": [{"name", "change", "differences"}],
 *  "views": [{"name", "version", "change", "differences", "state", "features": [
 *     {"name", "change", "differences", "window", "errorBound", "needsBackfill", "backfill",
 *      "services", "models"}],
 *     "sample": {"events", "keys", "features": [{"name", "compared", "differing", "examples"}]}}],
 *  "services": [{"name", "change", "breaking", "additions"}],
 *  "problems": [{"file", "line", "column", "message"}]}
 * }</pre>
 */
public final class PlanJson {
  private static final ObjectMapper JSON = new ObjectMapper();

  private PlanJson() {}

  public static ObjectNode of(Plan plan) {
    ObjectNode root = JSON.createObjectNode();
    root.put("breaking", !plan.breaks().isEmpty());
    plan.applied().ifPresent(applied -> root.put("applied", applied.number()));
    ArrayNode sources = root.putArray("sources");
    for (SourceChange source : plan.changes().sources()) {
      ObjectNode node = sources.addObject().put("name", source.name());
      node.put("change", Words.kind(source.kind()));
      texts(node, "differences", source.differences());
    }
    ArrayNode views = root.putArray("views");
    plan.changes().views().forEach(view -> view(views.addObject(), plan, view));
    ArrayNode services = root.putArray("services");
    for (ServiceChange service : plan.changes().services()) {
      ObjectNode node = services.addObject().put("name", service.name());
      node.put("change", Words.kind(service.kind()));
      texts(node, "breaking", service.breaking());
      texts(node, "additions", service.additions());
    }
    ArrayNode problems = root.putArray("problems");
    for (Problem problem : plan.breaks()) {
      problems
          .addObject()
          .put("file", problem.file())
          .put("line", problem.line())
          .put("column", problem.column())
          .put("message", problem.message());
    }
    return root;
  }

  private static void view(ObjectNode node, Plan plan, ViewChange view) {
    node.put("name", view.name()).put("version", view.view().version());
    node.put("change", Words.kind(view.kind()));
    texts(node, "differences", view.differences());
    node.put("state", Words.state(view));
    ArrayNode features = node.putArray("features");
    for (FeatureChange feature : view.features()) {
      ObjectNode one = features.addObject().put("name", feature.name());
      one.put("change", Words.kind(feature.kind()));
      texts(one, "differences", feature.differences());
      one.put("window", WindowWords.of(feature.feature().window()));
      one.put("errorBound", WindowWords.errorBound(feature.feature().window()));
      one.put("needsBackfill", feature.needsBackfill());
      one.put("backfill", Words.backfill(feature));
      Readers readers = plan.readersOf(view, feature);
      texts(one, "services", readers.services());
      texts(one, "models", readers.models());
    }
    Plan.Sampled sampled = plan.samples().get(view.name());
    if (sampled != null) {
      sample(node.putObject("sample"), sampled);
    }
  }

  private static void sample(ObjectNode node, Plan.Sampled sampled) {
    if (sampled.result().isEmpty()) {
      node.put("none", sampled.reason());
      return;
    }
    ViewSample.Result result = sampled.result().get();
    node.put("events", result.events()).put("keys", result.keys());
    ArrayNode features = node.putArray("features");
    for (ViewSample.FeatureSample feature : result.features()) {
      ObjectNode one = features.addObject().put("name", feature.feature());
      one.put("compared", feature.compared()).put("differing", feature.differing());
      ArrayNode examples = one.putArray("examples");
      for (ViewSample.Example example : feature.examples()) {
        examples
            .addObject()
            .put("key", example.key())
            .put("asOf", Instant.ofEpochMilli(example.asOfMs()).toString())
            .putPOJO("before", example.before())
            .putPOJO("after", example.after());
      }
    }
  }

  private static void texts(ObjectNode node, String name, List<String> texts) {
    texts.forEach(node.putArray(name)::add);
  }
}
