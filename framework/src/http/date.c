/*
 * http/date.c - see date.h.
 *
 * Days are turned into dates by counting years from March on, so that the leap day is the last
 * day of a year; an era is the 400 years after which the calendar repeats.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/date.h"

#include <stdbool.h>
#include <string.h>
#include <weft/error.h>

#include "http/chars.h"

#define FIRST_SECOND INT64_C(-62135596800) /* 0001-01-01T00:00:00 */
#define LAST_SECOND  INT64_C(253402300799) /* 9999-12-31T23:59:59 */

enum { DAY = 86400, DAYS_TO_1970 = 719468 /* from 0000-03-01 */, ERA_DAYS = 146097 };

static const char day_names[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char month_names[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

/* A date of the Gregorian calendar; month and day count from 1. */
struct date {
    int year;
    int month;
    int day;
};

static struct date date_of_day(int64_t days_since_1970)
{
    int64_t days = days_since_1970 + DAYS_TO_1970;
    int era = (int)((days >= 0 ? days : days - (ERA_DAYS - 1)) / ERA_DAYS);
    int day_of_era = (int)(days - (int64_t)era * ERA_DAYS);
    int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month = (5 * day_of_year + 2) / 153; /* from March on */
    struct date date = { .year = year_of_era + era * 400 };

    date.day = day_of_year - (153 * month + 2) / 5 + 1;
    date.month = month < 10 ? month + 3 : month - 9;
    date.year += date.month <= 2;
    return date;
}

static int64_t day_of_date(struct date date)
{
    int year = date.month <= 2 ? date.year - 1 : date.year;
    int era = (year >= 0 ? year : year - 399) / 400;
    int year_of_era = year - era * 400;
    int month = date.month > 2 ? date.month - 3 : date.month + 9;
    int day_of_year = (153 * month + 2) / 5 + date.day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return (int64_t)era * ERA_DAYS + day_of_era - DAYS_TO_1970;
}

static void put_two(char *to, int number)
{
    to[0] = (char)('0' + number / 10);
    to[1] = (char)('0' + number % 10);
}

void weft__date_format(char *to, int64_t unix_seconds)
{
    int64_t second = unix_seconds < FIRST_SECOND  ? FIRST_SECOND
                     : unix_seconds > LAST_SECOND ? LAST_SECOND
                                                  : unix_seconds;
    int64_t days = (second >= 0 ? second : second - (DAY - 1)) / DAY;
    int rest = (int)(second - days * DAY);
    struct date date = date_of_day(days);

    memcpy(to, "Ddd, dd Mmm yyyy hh:mm:ss GMT", WEFT__DATE_LENGTH);
    memcpy(to, day_names[((days + 4) % 7 + 7) % 7], 3); /* 1970-01-01 was a Thursday */
    put_two(to + 5, date.day);
    memcpy(to + 8, month_names[date.month - 1], 3);
    put_two(to + 12, date.year / 100);
    put_two(to + 14, date.year % 100);
    put_two(to + 17, rest / 3600);
    put_two(to + 20, rest / 60 % 60);
    put_two(to + 23, rest % 60);
}

void weft__date_render(struct weft__date *date, int64_t unix_seconds)
{
    memcpy(date->line, "Date: ", 6);
    weft__date_format(date->line + 6, unix_seconds);
    memcpy(date->line + 6 + WEFT__DATE_LENGTH, "\r\n", 3);
    date->second = unix_seconds;
}

/* The pieces of a date as they stand in the text; -1 for one that is malformed. */
struct pieces {
    int weekday; /* 0 is Sunday */
    struct date date;
    int hour;
    int minute;
    int second;
};

static int index_of(const char *text, const char (*names)[4], int count)
{
    for (int i = 0; i < count; i++)
        if (memcmp(text, names[i], 3) == 0)
            return i;
    return -1;
}

/* `count` digits; a space may stand for the first one where `padded`. */
static int digits(const char *text, int count, bool padded)
{
    int number = 0;

    for (int i = 0; i < count; i++) {
        if (padded && i == 0 && text[0] == ' ')
            continue;
        if (!weft__char_is(text[i], WEFT__CHAR_DIGIT))
            return -1;
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

/* Whether `text` is `form` where that has no letter or '0', which stand for anything. */
static bool has_form(const char *text, const char *form)
{
    for (; *form != '\0'; form++, text++)
        if (*form != 'a' && *form != '0' && *form != *text)
            return false;
    return true;
}

static void read_time(struct pieces *pieces, const char *text)
{
    pieces->hour = digits(text, 2, false);
    pieces->minute = digits(text + 3, 2, false);
    pieces->second = digits(text + 6, 2, false);
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" */
static bool read_fixdate(struct pieces *pieces, const char *text, size_t length)
{
    if (length != WEFT__DATE_LENGTH || !has_form(text, "aaa, 00 aaa 0000 00:00:00 ") ||
        memcmp(text + 26, "GMT", 3) != 0)
        return false;
    pieces->weekday = index_of(text, day_names, 7);
    pieces->date = (struct date){
        .year = digits(text + 12, 4, false),
        .month = index_of(text + 8, month_names, 12) + 1,
        .day = digits(text + 5, 2, false),
    };
    read_time(pieces, text + 17);
    return true;
}

/* "Sunday, 06-Nov-94 08:49:37 GMT" (RFC 850) */
static bool read_rfc850(struct pieces *pieces, const char *text, size_t length, int64_t now)
{
    static const char *const tails[7] = { "", "", "s", "nes", "rs", "", "ur" };
    const char *comma = memchr(text, ',', length);
    size_t name = comma == NULL ? 0 : (size_t)(comma - text);
    int this_year = date_of_day(now / DAY).year;
    int weekday;

    if (name < 6 || length - name != 24 || !has_form(comma, ", 00-aaa-00 00:00:00 ") ||
        memcmp(comma + 21, "GMT", 3) != 0)
        return false;
    weekday = index_of(text, day_names, 7);
    if (weekday < 0 || name != 6 + strlen(tails[weekday]) ||
        memcmp(text + 3, tails[weekday], name - 6) != 0 || memcmp(comma - 3, "day", 3) != 0)
        return false;
    pieces->weekday = weekday;
    pieces->date = (struct date){
        .year = digits(comma + 9, 2, false),
        .month = index_of(comma + 5, month_names, 12) + 1,
        .day = digits(comma + 2, 2, false),
    };
    if (pieces->date.year < 0)
        return false;
    /* RFC 9110, 5.6.7: more than 50 years ahead means the last year with these digits. */
    pieces->date.year += this_year / 100 * 100;
    if (pieces->date.year > this_year + 50)
        pieces->date.year -= 100;
    read_time(pieces, comma + 12);
    return true;
}

/* "Sun Nov  6 08:49:37 1994" (asctime) */
static bool read_asctime(struct pieces *pieces, const char *text, size_t length)
{
    if (length != 24 || !has_form(text, "aaa aaa 00 00:00:00 0000"))
        return false;
    pieces->weekday = index_of(text, day_names, 7);
    pieces->date = (struct date){
        .year = digits(text + 20, 4, false),
        .month = index_of(text + 4, month_names, 12) + 1,
        .day = digits(text + 8, 2, true),
    };
    read_time(pieces, text + 11);
    return true;
}

static int days_in_month(int year, int month)
{
    static const int days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

int weft__date_parse(int64_t *ret_seconds, const char *text, size_t length, int64_t now)
{
    struct pieces p;

    if (!read_fixdate(&p, text, length) && !read_asctime(&p, text, length) &&
        !read_rfc850(&p, text, length, now))
        return WEFT_EPROTO;
    if (p.weekday < 0 || p.date.year < 1 || p.date.month < 1 || p.date.day < 1 || p.hour < 0 ||
        p.minute < 0 || p.second < 0)
        return WEFT_EPROTO;
    /* A leap second is written as 60. */
    if (p.date.day > days_in_month(p.date.year, p.date.month) || p.hour > 23 || p.minute > 59 ||
        p.second > 60)
        return WEFT_EPROTO;
    *ret_seconds = day_of_date(p.date) * DAY + p.hour * 3600 + p.minute * 60 + p.second;
    return 0;
}
