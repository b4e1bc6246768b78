import java.net.InetSocketAddress;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ContextHandler;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBRequestHandler;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBServerHandler;

/**
 * DynamoDB Local in memory, one database for every region and key, on a free port of the loopback interface. Its own
 * main class binds every interface and sends telemetry; this one does neither.
 */
public final class LoopbackDynamoDb {
  public static void main(String[] arguments) throws Exception {
    boolean inMemory = true;
    boolean sharedDatabase = true;
    boolean delayTransientStatuses = false;
    var requests = new LocalDynamoDBRequestHandler(0, inMemory, null, sharedDatabase, delayTransientStatuses);
    var server = new Server(new InetSocketAddress("127.0.0.1", 0));
    server.setHandler(new ContextHandler(new LocalDynamoDBServerHandler(requests, null)));
    server.start();
    // local/dynamodb.ts waits for this line and takes the port from it.
    System.out.println("listening on 127.0.0.1:" + ((ServerConnector) server.getConnectors()[0]).getLocalPort());
    server.join();
  }
}
