// What it costs a call to find out who makes it and whether it may: with 1,000
// callers configured, each with two tokens, ten methods and ten numbers.
//
//   deploy/build release -DBLOOIO_BENCH=ON identity_policy_bench
//   build/release/bin/identity_policy_bench
//
// BM_IdentityAndPolicy is the whole of it, as the pipeline does it; the
// benchmarks above are its parts, and what a credential costs that is seen for
// the first time (Verify) or again (Known).
#include <benchmark/benchmark.h>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "service/identity/identifier.h"
#include "service/policy/policy.h"
#include "service/transcoding/request_traits.h"
#include "tests/bench/examples.h"
#include "tests/unit/identity/manual_clock.h"
#include "tests/unit/identity/pki.h"
#include "tests/unit/identity/tokens.h"
#include "tests/unit/transcoding/routes.h"

namespace blooio::gateway {
namespace {

constexpr size_t kCallers = 1000;
constexpr char kSpiffeId[] = "spiffe://corp/ns/shop/sa/billing";
const absl::Time kTime = absl::FromUnixSeconds(1'700'000'000);

std::string TokenOf(size_t caller) { return EncodeBase64Url(absl::StrFormat("token of %27d", caller)); }
std::string HexDigest(const std::string& text) {
  std::string hex;
  for (const unsigned char byte : Sha256(text)) absl::StrAppendFormat(&hex, "%02x", byte);
  return hex;
}

std::vector<KnownCaller> Callers() {
  std::vector<KnownCaller> callers;
  for (size_t i = 0; i < kCallers; ++i) {
    callers.push_back({.name = absl::StrFormat("caller-%d", i),
                       .token_sha256 = {HexDigest(TokenOf(i)), HexDigest(TokenOf(i + kCallers))}});
  }
  callers[7].service_accounts = {kSubject};
  callers[7].spiffe_ids = {kSpiffeId};
  return callers;
}

std::vector<Grants> AllGrants() {
  Grants grants = {.accounts = {{"main", 0}, {"second", 1}}, .max_recipients = 20};
  for (int i = 0; i < 9; ++i) grants.methods.push_back(absl::StrFormat("blooio.v2.Service%d/Method", i));
  grants.methods.emplace_back(kSendMessage);
  for (int i = 0; i < 10; ++i) grants.senders.push_back(absl::StrFormat("+1555000%04d", i));
  return std::vector<Grants>(kCallers, grants);
}

struct World {
  World() {
    if (!tokens->Load(JwksOf({rsa.Jwk(), ec.Jwk()})).ok()) abort();
    if (!certificates->Load(root.pem()).ok()) abort();
  }
  ManualClock clock{kTime};
  ManualClock today{absl::Now()};
  TestSigner rsa = TestSigner::Rsa("rsa");
  TestSigner ec = TestSigner::Ec("ec");
  TestCertificate root = TestCertificate::Root();
  std::string client =
      root.Sign({.names = std::string("URI:") + kSpiffeId, .not_after = absl::Now() + absl::Hours(1)}).pem();
  std::shared_ptr<ServiceAccountTokens> tokens =
      std::make_shared<ServiceAccountTokens>(ExpectedClaims{kIssuer, kAudience}, clock);
  std::shared_ptr<ClientCertificates> certificates = std::make_shared<ClientCertificates>(today);
  Identifier identifier{Callers(), /*anonymous=*/false, tokens, certificates};
  Policy policy{AllGrants()};
  const Route& route = RouteOf(kSendMessage);
  std::unique_ptr<google::protobuf::Message> request = Make(*route.request, kSendMessageRequest);
};

World& Shared() {
  static World world;
  return world;
}

void Identify(benchmark::State& state, const Presented& presented) {
  const World& world = Shared();
  if (world.identifier.Identify(presented).caller == nullptr) state.SkipWithError("nobody");
  for (auto _ : state) benchmark::DoNotOptimize(world.identifier.Identify(presented));
}

void BM_Token(benchmark::State& state) {
  const std::string value = "Bearer " + TokenOf(500);
  Identify(state, {.authorization = value});
}
void BM_KnownServiceAccount(benchmark::State& state) {
  const std::string value = "Bearer " + Shared().rsa.Token(GoodClaims(kTime));
  Identify(state, {.authorization = value});
}
void BM_KnownCertificate(benchmark::State& state) { Identify(state, {.certificate = Shared().client}); }
BENCHMARK(BM_Token);
BENCHMARK(BM_KnownServiceAccount);
BENCHMARK(BM_KnownCertificate);

// Under another digest each time, so that none is remembered.
void Verify(benchmark::State& state, const TestSigner& signer) {
  const ServiceAccountTokens& tokens = *Shared().tokens;
  const std::string token = signer.Token(GoodClaims(kTime));
  Digest digest = Sha256(token);
  if (tokens.Verify(token, digest).subject == nullptr) state.SkipWithError("refused");
  for (auto _ : state) {
    for (auto place = digest.rbegin(); ++*place == 0; ++place) continue;
    benchmark::DoNotOptimize(tokens.Verify(token, digest));
  }
}
void BM_VerifyRs256(benchmark::State& state) { Verify(state, Shared().rsa); }
void BM_VerifyEs256(benchmark::State& state) { Verify(state, Shared().ec); }
BENCHMARK(BM_VerifyRs256);
BENCHMARK(BM_VerifyEs256);

Intent IntentOf(const World& world, const RequestTraits& traits) {
  return {.method = world.route.method,
          .read_only = world.route.read_only,
          .takes_sender = world.route.takes_sender,
          .takes_channel = world.route.takes_channel,
          .takes_chat = world.route.takes_chat,
          .sender = traits.sender,
          .channel = traits.channel,
          .recipients = traits.recipients.size()};
}

void BM_Policy(benchmark::State& state) {
  const World& world = Shared();
  const RequestTraits traits = ReadTraits(world.route, *world.request);
  const Intent intent = IntentOf(world, traits);
  for (auto _ : state) {
    benchmark::DoNotOptimize(world.policy.ChooseAccount(500, "second"));
    benchmark::DoNotOptimize(world.policy.Decide(500, intent));
  }
}
BENCHMARK(BM_Policy);

void BM_IdentityAndPolicy(benchmark::State& state) {
  const World& world = Shared();
  const std::string value = "Bearer " + TokenOf(500);
  for (auto _ : state) {
    const Identity identity = world.identifier.Identify({.authorization = value});
    const std::optional<size_t> account = world.policy.ChooseAccount(identity.caller->index, "second");
    const RequestTraits traits = ReadTraits(world.route, *world.request);
    const PolicyVerdict verdict = world.policy.Decide(identity.caller->index, IntentOf(world, traits));
    if (!account || verdict.broken != PolicyRule::kNone) state.SkipWithError("refused");
  }
}
BENCHMARK(BM_IdentityAndPolicy)->ThreadRange(1, 2);

}  // namespace
}  // namespace blooio::gateway
