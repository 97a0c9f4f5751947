// The same for C++: comdats, constructors, exceptions, virtual functions, thread-local objects.
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <typeinfo>
#include <vector>

namespace {
struct Noted {
    const char *name;
    explicit Noted(const char *text) : name(text) { std::printf("made %s\n", name); }
    ~Noted() { std::printf("gone %s\n", name); }
};
Noted one{"one"};
int hidden(int x) { return x * 3; }
struct Local { virtual ~Local() = default; virtual int value() const { return 6; } };
struct Derived final : Local { int value() const override { return hidden(5); } };
thread_local std::string per_thread = "thread";
}  // namespace

static Noted two{"two"};
inline int shared_counter = 4;

struct Base {
    virtual ~Base() = default;
    virtual std::string name() const = 0;
    static int made;
};
int Base::made = 0;

template <typename T> struct Holder : Base {
    T value;
    static inline int kinds = 0;
    explicit Holder(T given) : value(std::move(given)) { ++made; ++kinds; }
    std::string name() const override { return typeid(T).name(); }
    T twice() const { return value + value; }
};

template <typename T> T &only() {
    static T instance{};
    return instance;
}

struct Left { virtual ~Left() = default; int left = 1; };
struct Right { virtual ~Right() = default; virtual int get() { return 2; } int right = 2; };
struct Both : Left, Right { int get() override { return left + right; } };

[[gnu::noinline]] static int thrower(int x) {
    Noted guard{"guard"};
    if (x > 2)
        throw std::runtime_error("too much: " + std::to_string(x));
    if (x < 0)
        throw x;
    return x;
}

static std::string caught(int x) {
    try {
        return std::to_string(thrower(x));
    } catch (const std::exception &error) {
        return error.what();
    } catch (int value) {
        return "int " + std::to_string(value);
    }
}

// Of a class that is known from elsewhere, two names of each constructor are one function.
struct Known {
    int value;
    explicit Known(int x);
    ~Known();
};
Known::Known(int x) : value(x * 2) {}
Known::~Known() { std::printf("unknown %d\n", value); }
int known_here(int x) { return Known(x).value; }
int known_there(int x) { return Known(x + 1).value + Known(x).value; }

static constexpr int squares[] = {0, 1, 4, 9};
static int lambda(int x) {
    std::function<int(int)> power = [&](int n) -> int { return n ? x * power(n - 1) : 1; };
    return power(3);
}

int main(int count, char **) {
    std::vector<std::unique_ptr<Base>> all;
    all.push_back(std::make_unique<Holder<int>>(3));
    all.push_back(std::make_unique<Holder<std::string>>("text"));
    all.push_back(std::make_unique<Holder<double>>(1.5));
    for (const auto &each : all)
        std::printf("%s\n", each->name().c_str());
    std::printf("%d %d %d\n", Base::made, Holder<int>::kinds, Holder<std::string>::kinds);
    std::printf("%s\n", Holder<std::string>{"ab"}.twice().c_str());
    only<std::map<std::string, int>>()["a"] = count;
    only<std::map<std::string, int>>()["b"] = shared_counter++;
    std::printf("%zu %d\n", only<std::map<std::string, int>>().size(), shared_counter);
    std::unique_ptr<Local> local = std::make_unique<Derived>();
    std::printf("%d %d\n", local->value(), dynamic_cast<Derived *>(local.get()) != nullptr);
    Both both;
    Right *right = &both;
    std::printf("%d %d\n", right->get(), dynamic_cast<Left *>(right)->left);
    for (int x : {1, 5, -4})
        std::printf("%s\n", caught(x).c_str());
    per_thread += "!";
    std::printf("%s %d %d\n", per_thread.c_str(), squares[count], lambda(count + 2));
    std::printf("%s\n", two.name);
    std::printf("%d\n", known_here(count));
    std::printf("%d %d\n", known_there(count), Known(count).value);
    return 0;
}
