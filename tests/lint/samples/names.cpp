// as lib/rules/names.cpp
// Names of the tree: chooseBest, worst_first(), `chooseBest(limit)`, Choice::best, kMaxHosts, `max_hosts`, names.cpp.
// Plain words, "quoted" words, NASA, SendGrid's own (2), and https://example.org/someCamelPath are no names here.
constexpr int kMaxHosts = 3;
struct Choice {
  int best;  // as chooseWorst would have it   // bad names
};
// Unlike ChoiceMaker, which keeps all.            // bad names
// `limit` is above zero; `least` as well.         // bad names
int chooseBest(int limit);
// See worst() for the other way.                  // bad names
/* `Choice::worst` is below.                       // bad names */
void SendGrid();
