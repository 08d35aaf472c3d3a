#include "core/formats/gguf.h"

#include <cstring>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/formats/gguf_writer.h"
#include "core/problem.h"
#include "tests/support/refusal.h"
#include "tests/support/temporary_folder.h"

namespace ahascope::formats {
namespace {

using test::refusalOf;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

// A file put together by hand, so that it can be wrong.
struct Bytes {
    std::string text;

    template <typename T>
    Bytes& number(T value)
    {
        text.append(reinterpret_cast<const char*>(&value), sizeof value);
        return *this;
    }
    Bytes& u32(std::uint32_t value) { return number(value); }
    Bytes& u64(std::uint64_t value) { return number(value); }
    Bytes& string(const std::string& value)
    {
        u64(value.size());
        text += value;
        return *this;
    }
    Bytes& padded()
    {
        text.append((32 - text.size() % 32) % 32, '\0');
        return *this;
    }
};

Bytes start(std::uint64_t tensors, std::uint64_t keys, std::uint32_t version = 3)
{
    Bytes bytes{"GGUF"};
    return bytes.u32(version).u64(tensors).u64(keys);
}

// One tensor's info.
Bytes& tensor(Bytes& bytes, const std::string& name, std::vector<std::uint64_t> sizes, std::uint32_t type = 0,
    std::uint64_t offset = 0)
{
    bytes.string(name).u32(static_cast<std::uint32_t>(sizes.size()));
    for (const std::uint64_t size : sizes)
        bytes.u64(size);
    return bytes.u32(type).u64(offset);
}

std::string refusal(const std::string& file)
{
    return refusalOf([&] { parseGgufHeader(std::as_bytes(std::span(file)), file.size(), "x.gguf"); });
}

std::string oneTensor(std::vector<std::uint64_t> sizes, std::uint32_t type, std::size_t dataBytes)
{
    Bytes bytes = start(1, 0);
    tensor(bytes, "a", std::move(sizes), type).padded();
    return bytes.text + std::string(dataBytes, 'x');
}

TEST(Gguf, ReadsWhatItWrites)
{
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "x.gguf";
    GgufFields fields;
    fields.text("general.architecture", "llama");
    fields.u32("n", 4'000'000'000);
    fields.f32("x", 0.5);
    fields.boolean("yes", true);
    const std::vector<std::string> tokens{"a", "", "中"};
    fields.texts("tokens", tokens);
    fields.floats("scores", std::vector<float>{0, -1.5f});
    fields.integers("types", std::vector<std::int32_t>{3, -1, 7});
    std::vector<float> values(64);
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<float>(i) - 20;
    GgufWriter writer(path, fields,
        {{{"norm", {3}}, TensorType::F32}, {{"half", {2, 3}}, TensorType::F16}, {{"brain", {1, 2}}, TensorType::BF16},
            {{"blocks", {1, 64}}, TensorType::Q8_0}});
    writer.append(std::vector<float>{1, 2, 3});
    writer.append(std::vector<float>{1, 2, 3, 4, 5, 6});
    writer.append(std::vector<float>{-0.5f, 7});
    writer.append(values);
    writer.finish();

    const GgufFile file(path);
    const GgufMetadata& metadata = file.metadata();
    EXPECT_EQ(metadata.text("general.architecture"), "llama");
    EXPECT_EQ(metadata.integer("n", 0, INT64_MAX), 4'000'000'000);
    EXPECT_EQ(metadata.number("x"), 0.5);
    EXPECT_TRUE(metadata.boolean("yes", false));
    EXPECT_THAT(metadata.texts("tokens"), ElementsAre("a", "", "中"));
    EXPECT_THAT(metadata.numbers("scores"), ElementsAre(0, -1.5));
    EXPECT_THAT(metadata.numbers("types"), ElementsAre(3, -1, 7));
    ASSERT_EQ(file.tensors().size(), 4u);
    EXPECT_EQ(file.tensors()[1].name, "half");
    EXPECT_THAT(file.tensors()[1].shape, ElementsAre(2, 3)); // rows first, as in PyTorch
    EXPECT_EQ(file.tensors()[2].type, TensorType::BF16);
    std::vector<float> back(6);
    toFloat(TensorType::F16, file.bytes(file.tensors()[1]), back);
    EXPECT_THAT(back, ElementsAre(1, 2, 3, 4, 5, 6));
    for (const TensorEntry& entry : file.tensors())
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(file.bytes(entry).data()) % 32, 0u) << entry.name;
}

TEST(Gguf, RefusesValuesThatATypeCannotHold)
{
    const test::TemporaryFolder folder;
    const auto write = [&](TensorType type, float value) {
        GgufWriter writer(folder.path() / "x.gguf", {}, {{{"a", {32}}, type}});
        writer.append(std::vector<float>(32, value));
    };
    EXPECT_THROW(write(TensorType::F16, 70000), InputError);
    EXPECT_THROW(write(TensorType::F32, std::numeric_limits<float>::infinity()), InputError);
    EXPECT_THROW(write(TensorType::Q8_0, std::nanf("")), InputError);
    EXPECT_NO_THROW(write(TensorType::BF16, 70000));
    EXPECT_EQ(folder.entries(), 0u);
}

TEST(Gguf, TakesVersionsTwoAndThree)
{
    EXPECT_EQ(refusal(start(0, 0, 2).text), "");
    EXPECT_EQ(refusal(start(0, 0, 3).text), "");
    EXPECT_THAT(refusal(start(0, 0, 1).text), HasSubstr("version 1, not 2 or 3"));
    EXPECT_THAT(refusal(start(0, 0, 0x03000000).text), HasSubstr("little-endian"));
}

TEST(Gguf, RefusesWhatIsNoGguf)
{
    EXPECT_THAT(refusal(""), HasSubstr("is cut off"));
    EXPECT_THAT(refusal("GGML\3"), HasSubstr("does not begin with \"GGUF\""));
    EXPECT_THAT(refusal("GGUF\3"), HasSubstr("offset 4: is cut off"));
}

// CVE-2024-23605: counts that are multiplied by the size of an entry before anybody looks at the file.
TEST(Gguf, RefusesCountsThatTheFileCannotHold)
{
    EXPECT_THAT(refusal(start(~std::uint64_t{0}, 0).text), HasSubstr("more than 100000 tensors or keys"));
    EXPECT_THAT(refusal(start(0, std::uint64_t{1} << 61).text), HasSubstr("more than 100000 tensors or keys"));
    EXPECT_THAT(refusal(start(0, 5).text), HasSubstr("is cut off"));
    EXPECT_THAT(refusal(start(5, 0).text), HasSubstr("is cut off"));
}

// CVE-2024-21802 and its like: lengths of texts and arrays.
TEST(Gguf, RefusesLengthsThatTheFileCannotHold)
{
    Bytes key = start(0, 1);
    EXPECT_THAT(refusal(key.u64(~std::uint64_t{0}).text), HasSubstr("a text of 18446744073709551615 bytes"));
    Bytes text = start(0, 1);
    EXPECT_THAT(refusal(text.string("k").u32(8).u64(100).text), HasSubstr("100 bytes should follow, 0 do"));
    Bytes array = start(0, 1); // 2^61 + 1 numbers of 8 bytes wrap to 8 bytes
    EXPECT_THAT(refusal(array.string("k").u32(9).u32(10).u64((std::uint64_t{1} << 61) + 1).u64(0).text),
        HasSubstr("does not fit in 63 bits"));
    Bytes texts = start(0, 1);
    EXPECT_THAT(refusal(texts.string("k").u32(9).u32(8).u64(~std::uint64_t{0}).u64(0).text), HasSubstr("is cut off"));
}

TEST(Gguf, RefusesUnknownAndNestedValues)
{
    Bytes unknown = start(0, 1);
    EXPECT_THAT(refusal(unknown.string("k").u32(13).text), HasSubstr("value type 13 is unknown"));
    Bytes nested = start(0, 1);
    EXPECT_THAT(refusal(nested.string("k").u32(9).u32(9).text), HasSubstr("array of arrays"));
    Bytes truth = start(0, 1);
    EXPECT_THAT(refusal(truth.string("k").u32(7).number<std::uint8_t>(2).text), HasSubstr("neither 0 nor 1"));
}

TEST(Gguf, RefusesNamesThatStandTwice)
{
    Bytes keys = start(0, 2);
    keys.string("k").u32(4).u32(1).string("k").u32(4).u32(1);
    EXPECT_THAT(refusal(keys.text), HasSubstr("the key 'k' stands twice"));
    Bytes tensors = start(2, 0);
    tensor(tensors, "a", {8});
    tensor(tensors, "a", {8}, 0, 32).padded();
    EXPECT_THAT(refusal(tensors.text + std::string(64, 'x')), HasSubstr("'a': stands twice"));
}

// CVE-2025-53630, CVE-2026-27940, CVE-2026-33298: sizes of tensors that wrap when they are multiplied, added or padded.
TEST(Gguf, RefusesSizesThatWrap)
{
    EXPECT_THAT(refusal(oneTensor({std::uint64_t{1} << 32, std::uint64_t{1} << 32}, 0, 32)), HasSubstr("63 bits"));
    EXPECT_THAT(refusal(oneTensor({(std::uint64_t{1} << 62) + 8}, 0, 32)), HasSubstr("63 bits")); // times 4 bytes
    Bytes offset = start(1, 0);
    tensor(offset, "a", {8}, 0, ~std::uint64_t{0} - 31).padded();
    EXPECT_THAT(refusal(offset.text + std::string(32, 'x')), HasSubstr("63 bits")); // offset plus size
    Bytes padding = start(1, 0);
    tensor(padding, "a", {8}, 0, INT64_MAX - 40).padded();
    EXPECT_THAT(refusal(padding.text + std::string(32, 'x')), HasSubstr("where 0 is expected"));
}

TEST(Gguf, RefusesOverlapsHolesAndWrongEnds)
{
    const auto two = [](std::uint64_t second, std::size_t dataBytes) {
        Bytes bytes = start(2, 0);
        tensor(bytes, "a", {12});
        tensor(bytes, "b", {8}, 0, second).padded();
        return refusal(bytes.text + std::string(dataBytes, 'x'));
    };
    EXPECT_EQ(two(64, 96), "");
    EXPECT_EQ(two(64, 96 + 31), "");
    EXPECT_THAT(two(32, 96), HasSubstr("begins at data offset 32 where 64 is expected"));
    EXPECT_THAT(two(0, 96), HasSubstr("where"));
    EXPECT_THAT(two(96, 128), HasSubstr("begins at data offset 96 where 64 is expected"));
    EXPECT_THAT(two(64, 95), HasSubstr("is cut off"));
    EXPECT_THAT(two(64, 200), HasSubstr("bytes follow its last tensor"));
}

TEST(Gguf, RefusesShapesOutOfRange)
{
    EXPECT_THAT(refusal(oneTensor({}, 0, 32)), HasSubstr("has 0 dimensions"));
    EXPECT_THAT(refusal(oneTensor({1, 1, 1, 1, 1}, 0, 32)), HasSubstr("has 5 dimensions"));
    EXPECT_THAT(refusal(oneTensor({4, 0}, 0, 32)), HasSubstr("is 0"));
    EXPECT_THAT(refusal(oneTensor({33, 32}, 8, 34 * 33)), HasSubstr("no whole blocks of Q8_0"));
}

TEST(Gguf, RefusesOtherQuantisationsByName)
{
    EXPECT_THAT(refusal(oneTensor({256}, 12, 144)), AllOf(HasSubstr("Q4_K (12)"), HasSubstr("F32, F16, BF16 or Q8_0")));
    EXPECT_THAT(refusal(oneTensor({256}, 2, 144)), HasSubstr("Q4_0"));
    EXPECT_THAT(refusal(oneTensor({256}, 9999, 144)), HasSubstr("an unknown type (9999)"));
}

TEST(Gguf, RefusesAlignmentsOutOfRange)
{
    for (const std::uint32_t alignment : {0u, 3u, 48u, 1u << 20}) {
        Bytes bytes = start(0, 1);
        bytes.string("general.alignment").u32(4).u32(alignment);
        EXPECT_THAT(refusal(bytes.text), HasSubstr("general.alignment")) << alignment;
    }
}

TEST(Gguf, HonoursAnotherAlignment)
{
    Bytes bytes = start(1, 1);
    bytes.string("general.alignment").u32(4).u32(8);
    tensor(bytes, "a", {1});
    bytes.text.append((8 - bytes.text.size() % 8) % 8, '\0');
    const std::uint64_t begin = bytes.text.size();
    bytes.number(2.5f);
    const GgufHeader header = parseGgufHeader(std::as_bytes(std::span(bytes.text)), bytes.text.size(), "x");
    EXPECT_EQ(header.dataBegin, begin);
}

TEST(Gguf, NamesTheKeyThatIsOfAnotherType)
{
    Bytes bytes = start(0, 3);
    bytes.string("text").u32(8).string("\xff");
    bytes.string("list").u32(9).u32(0).u64(2).number<std::uint16_t>(0);
    bytes.string("big").u32(10).u64(~std::uint64_t{0});
    const GgufHeader header = parseGgufHeader(std::as_bytes(std::span(bytes.text)), bytes.text.size(), "x.gguf");
    const GgufMetadata& metadata = header.metadata;
    EXPECT_THAT(refusalOf([&] { metadata.text("text"); }), HasSubstr("x.gguf: text: is not UTF-8"));
    EXPECT_THAT(refusalOf([&] { metadata.integer("text", 0, 1); }), HasSubstr("is not a whole number"));
    EXPECT_THAT(refusalOf([&] { metadata.text("list"); }), HasSubstr("list: is an array"));
    EXPECT_THAT(refusalOf([&] { metadata.numbers("list"); }), HasSubstr("32- or 64-bit"));
    EXPECT_THAT(refusalOf([&] { metadata.texts("list"); }), HasSubstr("is not an array of texts"));
    EXPECT_THAT(refusalOf([&] { metadata.integer("big", 0, 1); }), HasSubstr("above 63 bits"));
    EXPECT_THAT(refusalOf([&] { metadata.text("none"); }), HasSubstr("none: is missing"));
}

} // namespace
} // namespace ahascope::formats
