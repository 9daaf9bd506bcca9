package io.millrace.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.Prediction;
import io.millrace.feature.loop.Outcome;
import io.millrace.inference.policy.Suspicion;
import io.millrace.jobs.monitor.Tally;
import io.millrace.jobs.monitor.Watched;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MonitorJobTest {
  private static final Path FLIGHTS = Path.of("..", "feature-definitions", "flights");

  @TempDir Path folder;

  @Test
  void everyOperatorHasAUidAndEveryTypeASerializer() throws Exception {
    MonitorJobConfig config = MonitorJobConfig.of(arguments("--pane", "P1D"));
    DefinitionSet definitions = DefinitionSet.read(FLIGHTS, Map.of());
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(
            2, new Configuration().set(PipelineOptions.GENERIC_TYPES, false));

    MonitorJob.define(
        env,
        config,
        definitions,
        new Nothing<>(),
        new Nothing<>(),
        () -> (report, faults) -> Suspicion.NONE);

    var graph = env.getStreamGraph(false);
    assertThat(graph.getStreamNodes())
        .filteredOn(node -> node.getTransformationUID() == null)
        .extracting(StreamNode::getOperatorName)
        .allMatch(name -> name.contains("Committer") || name.contains("Writer"));
    assertThat(graph.getStreamNodes())
        .extracting(StreamNode::getOperatorName)
        .contains("outcomes join", "inputs panes", "performance reports", "policy");
    assertThat(graph.getJobGraph().getNumberOfVertices()).isPositive();
  }

  @Test
  void shouldSayWhatIsWrongWithAPolicyThatCannotBe() {
    assertThatThrownBy(() -> MonitorJobConfig.of(arguments("--policy.enter-panes", "4")))
        .hasMessage("4 of 3 panes lead to a request; give 1 <= m <= k <= 1000");
    assertThatThrownBy(() -> MonitorJobConfig.of(arguments("--policy.renew-after", "-1")))
        .hasMessage("versions are renewed after -1 panes; give 0 for never, or more");
    assertThatThrownBy(() -> MonitorJobConfig.of(arguments("--labels.completeness", "0")))
        .hasMessage("--labels.completeness is 0 percent; give 1 to 100");
  }

  private String[] arguments(String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--definitions", FLIGHTS.toString(),
                "--service", "delay_v1",
                "--kafka.bootstrap-servers", "localhost:1",
                "--registry.url", "http://localhost:1",
                "--offline.path", folder.toString(),
                "--models.path", folder.toString(),
                "--checkpoints.path", folder.toString()));
    arguments.addAll(List.of(more));
    return arguments.toArray(String[]::new);
  }

  private static final class Nothing<T> implements Watched<T> {
    private static final long serialVersionUID = 1;

    @Override
    public String model(T row) {
      return row instanceof Prediction prediction ? prediction.model() : ((Outcome) row).model();
    }

    @Override
    public int version(T row) {
      return 1;
    }

    @Override
    public long timeMs(T row) {
      return 0;
    }

    @Override
    public Optional<Tally<T>> tally(String model, int version) {
      return Optional.empty();
    }
  }
}
