import java.nio.file.Path;
import java.util.Map;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;

/** Starts one Elasticsearch node on loopback and runs until it is terminated: SingleNode HOME PORT DATA. */
public final class SingleNode {
  private static final String NAME = "codeagent";

  public static void main(String[] args) throws Exception {
    Path home = Path.of(args[0]).toAbsolutePath();
    Path data = Path.of(args[2]).toAbsolutePath();
    Environment environment = new Environment(settings(home, args[1], data), home.resolve("config"));
    configureLogs(environment, data.resolve("logs"));
    PluginsLoader plugins = PluginsLoader.createPluginsLoader(
        PluginsLoader.loadModulesBundles(environment.modulesDir()),
        PluginsLoader.loadPluginsBundles(environment.pluginsDir()),
        Map.of());
    Node node = new Node(environment, plugins);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node)));
    node.start();
    Thread.currentThread().join();
  }

  private static Settings settings(Path home, String port, Path data) {
    return Settings.builder()
        .put("path.home", home.toString())
        .put("path.data", data.toString())
        .put("cluster.name", NAME)
        .put("node.name", NAME)
        .put("discovery.type", "single-node")
        .put("network.host", "127.0.0.1")
        .put("http.port", port)
        .put("transport.port", "0")
        // A nearly full disk on a test machine must not make the indices read-only.
        .put("cluster.routing.allocation.disk.threshold_enabled", false)
        .build();
  }

  private static void configureLogs(Environment environment, Path logs) throws Exception {
    System.setProperty("es.logs.base_path", logs.toString());
    System.setProperty("es.logs.cluster_name", NAME);
    System.setProperty("es.logs.node_name", NAME);
    LogConfigurator.configureESLogging();
    LogConfigurator.configure(environment, true);
  }

  private static void close(Node node) {
    try {
      node.close();
    } catch (Exception problem) {
      problem.printStackTrace();
    }
  }
}
