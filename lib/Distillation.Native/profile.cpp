// Counts and times every operator that libtorch runs, through the callbacks it offers to profilers (ATen/record_function.h). Beside TorchSharp, real or
// stand-in, in the same process: the callbacks belong to libtorch, not to whoever calls it. Compiles against libtorch 1.13 and 2.x.

#include <ATen/record_function.h>
#include <torch/version.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#define NATIVE extern "C" __attribute__((visibility("default")))

namespace {

using Clock = std::chrono::steady_clock;

struct Totals {
    int64_t calls = 0, self = 0, total = 0;   // nanoseconds
};

// What one thread has seen since the profile began. The thread alone writes; it is read when the work is over.
struct Ledger {
    int64_t run = 0;
    std::unordered_map<std::string, Totals> totals;
    std::vector<int64_t> inside;   // for each operator that is running: time spent in operators that it called
};

std::mutex gate;
std::vector<std::shared_ptr<Ledger>> ledgers;
at::CallbackHandle handle = 0;
std::atomic<int64_t> run{0};   // a ledger of an earlier run is forgotten

Ledger& mine() {
    thread_local std::shared_ptr<Ledger> ledger;
    if (!ledger || ledger->run != run) {
        ledger = std::make_shared<Ledger>();
        ledger->run = run;
        std::lock_guard<std::mutex> lock(gate);
        ledgers.push_back(ledger);
    }
    return *ledger;
}

struct Started : at::ObserverContext {
    Clock::time_point at;
    Ledger* ledger;
};

std::unique_ptr<at::ObserverContext> on_start(const at::RecordFunction&) {
    auto started = std::make_unique<Started>();
    started->ledger = &mine();
    started->ledger->inside.push_back(0);
    started->at = Clock::now();
    return started;
}

void on_end(const at::RecordFunction& function, at::ObserverContext* context) {
    auto* started = static_cast<Started*>(context);
    if (!started || started->ledger->inside.empty()) return;
    auto took = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - started->at).count();
    auto& inside = started->ledger->inside;
    auto& totals = started->ledger->totals[function.name()];
    totals.calls++;
    totals.total += took;
    totals.self += took - inside.back();
    inside.pop_back();
    if (!inside.empty()) inside.back() += took;
}

struct Line {
    std::string name;
    Totals totals;
};

std::vector<Line> lines;

}  // namespace

// The libtorch it was built for, such as 1.13.1.
NATIVE const char* distillation_native_torch() {
    static const std::string version = std::to_string(TORCH_VERSION_MAJOR) + "." + std::to_string(TORCH_VERSION_MINOR) + "." + std::to_string(TORCH_VERSION_PATCH);
    return version.c_str();
}

// Begins to count; 0 when somebody does already.
NATIVE int distillation_profile_start() {
    if (handle != 0) return 0;
    {
        std::lock_guard<std::mutex> lock(gate);
        ledgers.clear();
        run++;
    }
    handle = at::addGlobalCallback(at::RecordFunctionCallback(on_start, on_end).scopes({at::RecordScope::FUNCTION, at::RecordScope::BACKWARD_FUNCTION}));
    return 1;
}

// Ends counting and returns how many operators there are to read. Call it when no operator is running.
NATIVE int64_t distillation_profile_stop() {
    if (handle == 0) return 0;
    at::removeCallback(handle);
    handle = 0;
    std::lock_guard<std::mutex> lock(gate);
    std::unordered_map<std::string, Totals> sums;
    for (auto& ledger : ledgers)
        for (auto& [name, totals] : ledger->totals) {
            auto& sum = sums[name];
            sum.calls += totals.calls;
            sum.self += totals.self;
            sum.total += totals.total;
        }
    lines.clear();
    for (auto& [name, totals] : sums) lines.push_back({name, totals});
    return static_cast<int64_t>(lines.size());
}

// The name of an operator, UTF-8, valid until the next profile ends; its numbers: calls, nanoseconds in itself, nanoseconds with what it called.
NATIVE const char* distillation_profile_line(int64_t index, int64_t* numbers) {
    if (index < 0 || index >= static_cast<int64_t>(lines.size())) return nullptr;
    auto& line = lines[static_cast<size_t>(index)];
    numbers[0] = line.totals.calls;
    numbers[1] = line.totals.self;
    numbers[2] = line.totals.total;
    return line.name.c_str();
}
