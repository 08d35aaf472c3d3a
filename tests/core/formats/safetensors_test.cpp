#include "core/formats/safetensors.h"

#include <cstring>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

#include "core/problem.h"
#include "tests/support/temporary_folder.h"

namespace ahascope::formats {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string fileOf(std::uint64_t headerLength, const std::string& header, const std::string& data)
{
    std::string file(8, '\0');
    std::memcpy(file.data(), &headerLength, 8);
    return file + header + data;
}

std::string fileOf(const std::string& header, const std::string& data)
{
    return fileOf(header.size(), header, data);
}

// The message with which the head of `file` is refused; empty when it is accepted.
std::string refusal(const std::string& file)
{
    try {
        parseSafetensorsHeader(std::as_bytes(std::span(file)), file.size(), "x.safetensors");
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

void readTensor(const SafetensorsFile& file, const char* name, std::span<float> into)
{
    const TensorEntry& tensor = *file.find(name);
    toFloat(tensor.type, file.bytes(tensor), into);
}

class Safetensors : public testing::Test {
protected:
    test::TemporaryFolder m_folder;

    std::filesystem::path put(const std::string& contents)
    {
        const auto path = m_folder.path() / "x.safetensors";
        std::ofstream(path, std::ios::binary) << contents;
        return path;
    }
};

TEST_F(Safetensors, ReadsTensorsOfEveryTypeAtOddOffsets)
{
    // 1.5 and -2 as F16 (0x3e00, 0xc000), 1.5 as BF16 (0x3fc0), 0.1 as F32 (0x3dcccccd)
    const std::string header
        = R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},)"
          R"("b":{"dtype":"BF16","shape":[1,1],"data_offsets":[4,6]},)"
          R"("c":{"dtype":"F32","shape":[],"data_offsets":[6,10]}})";
    const SafetensorsFile file(put(fileOf(header, std::string("\x00\x3e\x00\xc0\xc0\x3f\xcd\xcc\xcc\x3d", 10))));
    ASSERT_EQ(file.tensors().size(), 3u);
    EXPECT_EQ(file.metadata().at("format"), "pt");
    std::vector<float> a(2), b(1), c(1);
    readTensor(file, "a", a);
    readTensor(file, "b", b);
    readTensor(file, "c", c);
    EXPECT_THAT(a, ElementsAre(1.5f, -2.0f));
    EXPECT_THAT(b, ElementsAre(1.5f));
    EXPECT_THAT(c, ElementsAre(0.1f));
    EXPECT_THAT(file.find("b")->shape, ElementsAre(1, 1));
    EXPECT_EQ(file.find("d"), nullptr);
}

TEST_F(Safetensors, WritesWhatItReads)
{
    const auto path = m_folder.path() / "out.safetensors";
    const std::vector<TensorShape> shapes{{"first", {2, 3}}, {"second", {1}}};
    const std::vector<float> first{1, -2, 3.25f, 0, 1e-40f, 5}, second{std::numeric_limits<float>::infinity()};
    for (TensorType type : {TensorType::F32, TensorType::F16, TensorType::BF16}) {
        SafetensorsWriter writer(path, shapes, type);
        writer.append(first);
        writer.append(second);
        writer.finish();
        const SafetensorsFile file(path);
        std::vector<float> back(6);
        readTensor(file, "first", back);
        for (std::size_t i = 0; i < 6; ++i) {
            std::vector<std::byte> stored;
            appendStored(type, std::span(first).subspan(i, 1), stored);
            float expected = 0;
            toFloat(type, stored, std::span(&expected, 1));
            EXPECT_EQ(back[i], expected);
        }
        EXPECT_EQ(file.find("second")->type, type);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(file.bytes(*file.find("first")).data()) % 8, 0u);
    }
}

TEST_F(Safetensors, LeavesTheOldFileWhenAWriterIsAbandoned)
{
    const auto path = put("old contents");
    {
        SafetensorsWriter writer(path, std::vector<TensorShape>{{"a", {4}}}, TensorType::F32);
        writer.append(std::vector<float>(4));
    }
    std::ifstream in(path);
    std::string text((std::istreambuf_iterator<char>(in)), {});
    EXPECT_EQ(text, "old contents");
    EXPECT_EQ(m_folder.entries(), 1u);
}

TEST_F(Safetensors, RefusesAWrongNumberOfValues)
{
    SafetensorsWriter writer(m_folder.path() / "a", std::vector<TensorShape>{{"a", {4}}}, TensorType::F32);
    EXPECT_THROW(writer.append(std::vector<float>(3)), std::logic_error);
    EXPECT_THROW(writer.finish(), std::logic_error);
}

constexpr const char* OneTensor = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";

TEST(SafetensorsHeader, AcceptsSpacesAfterTheHeader)
{
    EXPECT_EQ(refusal(fileOf(std::string(OneTensor) + "   ", "abcd")), "");
}

TEST(SafetensorsHeader, RefusesAFileShorterThanItsLengthField)
{
    EXPECT_THAT(refusal("abc"), HasSubstr("too few for the header length at offset 0"));
    EXPECT_THAT(refusal(""), HasSubstr("0 bytes"));
}

TEST(SafetensorsHeader, RefusesFourGigabytesOfHeaderInTwelveBytes)
{
    EXPECT_THAT(refusal(fileOf(std::uint64_t{1} << 32, "{}", "ab")), HasSubstr("at most 16000000 are read"));
    EXPECT_THAT(refusal(fileOf(~std::uint64_t{0}, "{}", "ab")), HasSubstr("at most 16000000 are read"));
}

TEST(SafetensorsHeader, RefusesATruncatedHeader)
{
    EXPECT_THAT(refusal(fileOf(1000, OneTensor, "abcd")), HasSubstr("is cut off"));
}

TEST(SafetensorsHeader, RefusesTruncatedAndTrailingData)
{
    EXPECT_THAT(refusal(fileOf(OneTensor, "abc")), HasSubstr("take 4 bytes but 3 follow"));
    EXPECT_THAT(refusal(fileOf(OneTensor, "abcde")), HasSubstr("take 4 bytes but 5 follow"));
}

TEST(SafetensorsHeader, RefusesAHeaderThatDoesNotBeginWithABrace)
{
    EXPECT_THAT(refusal(fileOf(std::string(" ") + OneTensor, "abcd")), HasSubstr("does not begin with '{'"));
    EXPECT_THAT(refusal(fileOf("", "")), HasSubstr("does not begin with '{'"));
}

TEST(SafetensorsHeader, RefusesAShapeWhoseProductWraps)
{
    // 2^32 * 2^32 wraps to 0 and (2^62 + 1) * 4 bytes wraps to 4 in 64-bit arithmetic
    EXPECT_THAT(
        refusal(fileOf(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}})", "abcd")),
        HasSubstr("does not fit in 63 bits"));
    EXPECT_THAT(refusal(fileOf(R"({"a":{"dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,4]}})", "abcd")),
        HasSubstr("does not fit in 63 bits"));
}

TEST(SafetensorsHeader, RefusesOverlapsAndHoles)
{
    EXPECT_THAT(refusal(fileOf(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                               R"("b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
                    "abcdefghijkl")),
        HasSubstr("overlap"));
    EXPECT_THAT(refusal(fileOf(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                               R"("b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})",
                    "abcdefghijkl")),
        HasSubstr("leave a hole"));
}

TEST(SafetensorsHeader, RefusesOffsetsThatDisagreeWithTheShape)
{
    EXPECT_THAT(refusal(fileOf(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", "abcd")),
        HasSubstr("do not span the 8 bytes"));
    EXPECT_THAT(
        refusal(fileOf(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[8,4]}})", "abcd")), HasSubstr("do not span"));
    EXPECT_THAT(refusal(fileOf(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}})", "abcd")),
        HasSubstr("not a non-negative whole number"));
    EXPECT_THAT(refusal(fileOf(R"({"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})", "abcd")),
        HasSubstr("not a non-negative whole number"));
}

TEST(SafetensorsHeader, RefusesEmptyTensorsThatShareAnOffset)
{
    EXPECT_THAT(refusal(fileOf(R"({"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},)"
                               R"("b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
                    "abcd")),
        HasSubstr("empty tensors are not accepted"));
}

TEST(SafetensorsHeader, RefusesDuplicateNamesAndKeys)
{
    EXPECT_THAT(refusal(fileOf(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                               R"("a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
                    "abcdefgh")),
        HasSubstr("'a' stands twice"));
    EXPECT_THAT(refusal(fileOf(R"({"a":{"dtype":"F32","dtype":"F16","shape":[1],"data_offsets":[0,4]}})", "abcd")),
        HasSubstr("'dtype' stands twice"));
    EXPECT_THAT(refusal(fileOf(R"({"__metadata__":{},"__metadata__":{}})", "")), HasSubstr("stands twice"));
}

TEST(SafetensorsHeader, RefusesMetadataThatIsNotText)
{
    EXPECT_THAT(refusal(fileOf(R"({"__metadata__":{"a":1}})", "")), HasSubstr("__metadata__.a is not a string"));
    EXPECT_THAT(refusal(fileOf(R"({"__metadata__":[]})", "")), HasSubstr("__metadata__ is not an object"));
}

TEST(SafetensorsHeader, RefusesUnknownTypesByName)
{
    EXPECT_THAT(refusal(fileOf(R"({"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}})", "abcdefgh")),
        AllOf(HasSubstr("'I64' is not supported"), HasSubstr("convert the weights")));
}

TEST(SafetensorsHeader, RefusesMoreThanAHundredThousandTensors)
{
    std::string header = "{";
    for (int i = 0; i <= 100000; ++i)
        header += (i ? ",\"" : "\"") + std::to_string(i) + R"(":{"dtype":"F16","shape":[1],"data_offsets":[)"
            + std::to_string(2 * i) + "," + std::to_string(2 * i + 2) + "]}";
    EXPECT_THAT(refusal(fileOf(header + "}", std::string(200002, 'x'))), HasSubstr("more than 100000 tensors"));
}

TEST(SafetensorsHeader, RefusesLongNamesHighRanksAndDeepNesting)
{
    EXPECT_THAT(refusal(fileOf(
                    "{\"" + std::string(1025, 'n') + R"(":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "abcd")),
        HasSubstr("1025 bytes"));
    EXPECT_THAT(refusal(fileOf(R"({"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}})", "abcd")),
        HasSubstr("at most 8 sizes"));
    EXPECT_THAT(refusal(fileOf(R"({"a":[[[[[1]]]]]})", "")), HasSubstr("levels deep"));
    EXPECT_THAT(refusal(fileOf(std::string(100000, '['), "")), HasSubstr("does not begin with '{'"));
}

TEST(SafetensorsHeader, RefusesJsonThatIsBroken)
{
    EXPECT_THAT(refusal(fileOf("{\"a\":", "")), HasSubstr("is not JSON"));
    EXPECT_THAT(refusal(fileOf("{\"a\xff\":1}", "")), HasSubstr("is not JSON"));
    EXPECT_THAT(refusal(fileOf(R"({"a":1})", "")), HasSubstr("is number, not an object"));
    EXPECT_THAT(refusal(fileOf(R"({"a":{"shape":[1],"data_offsets":[0,4]}})", "abcd")), HasSubstr("dtype: is missing"));
}

} // namespace
} // namespace ahascope::formats
