package io.millrace.jobs.join;

import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.chain.JoinedView;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import io.millrace.jobs.feature.ViewMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** What the events of one source ask of the views that are joined to them. */
public final class JoinAsks {
  private record Joining(int view, ViewNode node, int firstJoin, int[] viewOfJoin) {}

  private final List<Joining> joining = new ArrayList<>();

  /**
   * @param source whose events ask
   */
  public JoinAsks(ViewGraph graph, EventSource source) {
    for (ViewNode node : graph.of(source)) {
      if (!node.joins().isEmpty()) {
        int position = graph.asDefined().indexOf(node);
        joining.add(
            new Joining(
                position,
                node,
                graph.joins().indexOf(new ViewGraph.NumberedJoin(position, 0)),
                node.joins().stream()
                    .mapToInt(joined -> graph.asDefined().indexOf(joined.view()))
                    .toArray()));
      }
    }
  }

  /** Sends the event to where its pieces meet, and an ask for each row that is joined to it. */
  public void ask(
      Event event, long appendedAtMs, Consumer<JoinPart> pieces, Consumer<ViewMessage> asks) {
    for (Joining one : joining) {
      String eventId = one.view() + ":" + event.position();
      int asked = 0;
      for (int i = 0; i < one.viewOfJoin().length; i++) {
        JoinedView joined = one.node().joins().get(i);
        String key = joined.keys().keyTextOf(event.values());
        if (key != null) {
          asked++;
          asks.accept(
              ViewMessage.join(
                  one.viewOfJoin()[i],
                  joined.view().view().id() + '|' + key,
                  event.timeMs(),
                  event.position().order(),
                  eventId,
                  one.firstJoin() + i));
        }
      }
      pieces.accept(
          new JoinPart.Driver(
              eventId,
              one.view(),
              event.timeMs(),
              event.position().order(),
              appendedAtMs,
              asked,
              event.values()));
    }
  }
}
