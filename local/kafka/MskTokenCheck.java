import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.auth.SaslExtensions;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerExtensionsValidatorCallback;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerToken;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the tokens that MSK's IAM authentication takes: base64url of a presigned URL of {@code kafka-cluster:Connect}.
 * Host, region, action, access key and times are checked; the signature is not. As on MSK the client hears "Access
 * denied" whatever is wrong; the broker's log says what.
 */
public final class MskTokenCheck implements AuthenticateCallbackHandler {
  private static final Logger LOG = LoggerFactory.getLogger(MskTokenCheck.class);
  private static final DateTimeFormatter AMZ_DATE =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);
  private static final Duration LONGEST = Duration.ofMinutes(15);
  private static final Duration CLOCK_SKEW = Duration.ofMinutes(5);

  private String region;
  private String accessKeyId;

  /** Reads the broker properties that local/iam-listener.ts sets. */
  @Override
  public void configure(Map<String, ?> configs, String mechanism, List<AppConfigurationEntry> jaas) {
    region = (String) configs.get("lossless.iam.region");
    accessKeyId = (String) configs.get("lossless.iam.access.key.id");
  }

  @Override
  public void handle(Callback[] callbacks) throws UnsupportedCallbackException {
    for (Callback callback : callbacks) {
      if (callback instanceof OAuthBearerValidatorCallback validation) {
        validation.token(checked(validation.tokenValue()));
      } else if (callback instanceof OAuthBearerExtensionsValidatorCallback validation) {
        SaslExtensions given = validation.inputExtensions();
        given.map().keySet().forEach(validation::valid);
      } else {
        throw new UnsupportedCallbackException(callback);
      }
    }
  }

  @Override
  public void close() {}

  private OAuthBearerToken checked(String token) {
    try {
      URI url = URI.create(new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8));
      Map<String, String> query = queryOf(url);
      require("protocol", url.getScheme(), "https");
      require("host", url.getHost(), "kafka." + region + ".amazonaws.com");
      require("action", query.get("Action"), "kafka-cluster:Connect");
      require("algorithm", query.get("X-Amz-Algorithm"), "AWS4-HMAC-SHA256");
      require("signed headers", query.get("X-Amz-SignedHeaders"), "host");
      Instant signedAt = Instant.from(AMZ_DATE.parse(String.valueOf(query.get("X-Amz-Date"))));
      String day = AMZ_DATE.format(signedAt).substring(0, 8);
      require(
          "credential",
          query.get("X-Amz-Credential"),
          String.join("/", accessKeyId, day, region, "kafka-cluster", "aws4_request"));
      return new Token(token, accessKeyId, signedAt, expiry(signedAt, query.get("X-Amz-Expires")));
    } catch (RuntimeException wrong) {
      LOG.warn("token refused: {}", wrong.getMessage());
      throw new SaslAuthenticationException("Access denied");
    }
  }

  /** The signer of credentials that end soon writes seconds with a fraction. */
  private static Instant expiry(Instant signedAt, String seconds) {
    Duration life = Duration.ofMillis((long) (Double.parseDouble(String.valueOf(seconds)) * 1000));
    if (life.compareTo(LONGEST) > 0) throw new IllegalArgumentException("lifetime: got " + life + ", want " + LONGEST);
    Instant now = Instant.now();
    Instant expiry = signedAt.plus(life);
    if (!expiry.isAfter(now)) throw new IllegalArgumentException("expiry: got " + expiry + ", now is " + now);
    if (signedAt.isAfter(now.plus(CLOCK_SKEW))) throw new IllegalArgumentException("signed in the future: " + signedAt);
    return expiry;
  }

  private static void require(String what, String got, String want) {
    if (!want.equals(got)) throw new IllegalArgumentException(what + ": got " + got + ", want " + want);
  }

  private static Map<String, String> queryOf(URI url) {
    return Arrays.stream(String.valueOf(url.getRawQuery()).split("&"))
        .map(pair -> pair.split("=", 2))
        .collect(Collectors.toMap(pair -> decoded(pair[0]), pair -> pair.length > 1 ? decoded(pair[1]) : ""));
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  /** Its expiry ends the client's session, too, so that the client has to authenticate again with a new token. */
  private record Token(String value, String principalName, Instant from, Instant until) implements OAuthBearerToken {
    @Override
    public Set<String> scope() {
      return Set.of();
    }

    @Override
    public Long startTimeMs() {
      return from.toEpochMilli();
    }

    @Override
    public long lifetimeMs() {
      return until.toEpochMilli();
    }
  }
}
